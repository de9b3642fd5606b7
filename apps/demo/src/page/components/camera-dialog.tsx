import { useEffect, useRef, useState } from 'preact/hooks';
import { openCamera, stop } from '../lib/camera.js';

interface CameraDialogProps {
  onPhoto(file: Blob, name: string): void;
  onClose(): void;
}

/** Shows the camera until a photo is taken. */
export function CameraDialog({ onPhoto, onClose }: CameraDialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const video = useRef<HTMLVideoElement>(null);
  const [problem, setProblem] = useState<string>();
  const [ready, setReady] = useState(false);

  useEffect(() => {
    dialog.current!.showModal();
    let stream: MediaStream | undefined;
    let closed = false;
    openCamera().then(
      (opened) => {
        stream = opened;
        if (closed) return stop(stream);
        video.current!.srcObject = stream;
        return undefined;
      },
      ({ message }: Error) => setProblem(message),
    );
    return () => {
      closed = true;
      stop(stream);
    };
  }, []);

  const take = async () => {
    const { videoWidth, videoHeight } = video.current!;
    const canvas = new OffscreenCanvas(videoWidth, videoHeight);
    canvas.getContext('2d')!.drawImage(video.current!, 0, 0);
    onPhoto(await canvas.convertToBlob({ type: 'image/jpeg', quality: 0.95 }), 'camera.jpg');
    onClose();
  };

  return (
    <dialog ref={dialog} class="camera" aria-label="Camera" onClose={onClose}>
      {problem ? (
        <p>{problem}</p>
      ) : (
        <video ref={video} autoplay playsInline muted onLoadedData={() => setReady(true)} />
      )}
      <div class="camera__actions row">
        <button type="button" class="button" onClick={() => dialog.current!.close()}>
          Close
        </button>
        {!problem && (
          <button type="button" class="button button--primary" disabled={!ready} onClick={take}>
            Take photo
          </button>
        )}
      </div>
    </dialog>
  );
}
