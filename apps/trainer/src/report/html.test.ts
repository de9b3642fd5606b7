import { expect, it } from 'vitest';
import { html } from './html.js';

it('escapes what is put in, and nothing else', () => {
  const name = `<script>alert("1 & '2'")</script>`;
  expect(String(html`<p title="${name}">${html`<b>${1}</b>`}${[name, false, null]}</p>`)).toBe(
    '<p title="&#60;script&#62;alert(&#34;1 &#38; &#39;2&#39;&#34;)&#60;/script&#62;"><b>1</b>&#60;script&#62;alert(&#34;1 &#38; &#39;2&#39;&#34;)&#60;/script&#62;</p>',
  );
});
