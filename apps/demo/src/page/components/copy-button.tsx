import { Check, Copy } from 'lucide-preact';
import { useState } from 'preact/hooks';

/** Copies something to the clipboard, and says whether that worked. */
export function CopyButton({ label, copy }: { label: string; copy(): Promise<void> }) {
  const [outcome, setOutcome] = useState<string>();
  const onClick = async () => {
    try {
      await copy();
      setOutcome('Copied');
    } catch {
      setOutcome(
        isSecureContext ? 'The browser did not allow it.' : 'Browsers copy on secure pages only: HTTPS or localhost.',
      );
    }
  };
  return (
    <span class="copy">
      <button type="button" class="button button--small" onClick={onClick} onBlur={() => setOutcome(undefined)}>
        {outcome === 'Copied' ? <Check /> : <Copy />} {label}
      </button>
      <small role="status">{outcome}</small>
    </span>
  );
}
