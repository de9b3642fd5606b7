// @ts-check
// Goes on with a page that is served while its run is being trained.
export {};

const SECOND = 1000;
const status = /** @type {HTMLElement} */ (document.querySelector('[data-live]'));
let from = Number(status.dataset.live);
let seconds = Number(status.dataset.seconds);
let last = performance.now();

async function follow() {
  for (;;) {
    await new Promise((resume) => setTimeout(resume, SECOND));
    /** @type {{ rows: object[], next: number, text: string, state: 'running' | 'tested' | 'stopped' }} */
    let news;
    try {
      const answer = await fetch(`rows?from=${from}&page=${status.dataset.page}`);
      if (!answer.ok) throw new Error(await answer.text());
      news = await answer.json();
    } catch {
      status.textContent = 'The program that trains does not answer any more: it has ended, or was ended.';
      return;
    }
    const now = performance.now();
    seconds += (now - last) / SECOND;
    last = now;
    if (news.rows.length > 0) {
      document.dispatchEvent(new CustomEvent('rows', { detail: { rows: news.rows, seconds } }));
    }
    from = news.next;
    status.textContent = news.text;
    // The report with the test; the server waits for this.
    if (news.state === 'tested') return location.reload();
    if (news.state === 'stopped') return;
  }
}

follow();
