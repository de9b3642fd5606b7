import type { LucideIcon } from 'lucide-preact';

interface SegmentsProps<Value extends string> {
  title: string;
  options: readonly { value: Value; label?: string; icon?: LucideIcon; disabled?: boolean }[];
  chosen: Value;
  onChoose(value: Value): void;
  class?: string;
}

/** A row of buttons of which one is pressed. */
export function Segments<Value extends string>({
  title,
  options,
  chosen,
  onChoose,
  class: name = '',
}: SegmentsProps<Value>) {
  return (
    <fieldset class={`segments ${name}`} aria-label={title}>
      {options.map(({ value, label = value, icon: Icon, disabled = false }) => (
        <button
          key={value}
          type="button"
          class="segment"
          aria-pressed={value === chosen}
          disabled={disabled}
          onClick={() => onChoose(value)}
        >
          {Icon && <Icon />} {label}
        </button>
      ))}
    </fieldset>
  );
}
