import { useEffect, useRef, useState } from 'preact/hooks';

interface IncomingFiles {
  /** A file is being dragged over the page. */
  dragging: boolean;
}

/** Photos that are dropped on the page or pasted into it. @param onFiles Takes all files instead, whatever they are. */
export function useIncomingFiles(
  onFile: (file: Blob, name: string) => void,
  onProblem: (message: string) => void,
  onFiles?: (files: File[]) => void,
): IncomingFiles {
  const [dragging, setDragging] = useState(false);
  const handlers = useRef({ onFile, onProblem, onFiles });
  handlers.current = { onFile, onProblem, onFiles };

  useEffect(() => {
    const take = (transfer: DataTransfer | null, what: string) => {
      const { onFiles: takeAll } = handlers.current;
      if (takeAll && transfer && transfer.files.length > 0) return takeAll([...transfer.files]);
      const file = [...(transfer?.files ?? [])].find(({ type }) => type.startsWith('image/'));
      if (file) handlers.current.onFile(file, file.name);
      else handlers.current.onProblem(`No image ${what}: try a JPEG, PNG, WebP or AVIF file.`);
      return undefined;
    };
    const listeners = {
      dragover: (event: DragEvent) => {
        event.preventDefault();
        setDragging(true);
      },
      dragleave: (event: DragEvent) => {
        if (event.relatedTarget === null) setDragging(false);
      },
      drop: (event: DragEvent) => {
        event.preventDefault();
        setDragging(false);
        take(event.dataTransfer, 'dropped');
      },
      paste: (event: ClipboardEvent) => take(event.clipboardData, 'pasted'),
    };
    for (const [name, listener] of Object.entries(listeners)) addEventListener(name, listener as EventListener);
    return () => {
      for (const [name, listener] of Object.entries(listeners)) removeEventListener(name, listener as EventListener);
    };
  }, []);
  return { dragging };
}
