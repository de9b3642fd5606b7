import type { ComponentChildren } from 'preact';
import { ACCEPTED_FILES, type Inputs } from './inputs.js';

/** A button that opens the file chooser. */
export function FileButton({
  inputs,
  class: name,
  children,
}: {
  inputs: Inputs;
  class: string;
  children: ComponentChildren;
}) {
  return (
    <label class={`${name} file-button`}>
      <input
        type="file"
        class="visually-hidden"
        accept={ACCEPTED_FILES}
        onChange={({ currentTarget }) => {
          const [file] = currentTarget.files ?? [];
          if (file) inputs.show(file, file.name);
          currentTarget.value = '';
        }}
      />
      {children}
    </label>
  );
}
