import { FileButton } from './file-button.js';
import { CameraIcon, ImageIcon } from './icons.js';
import { type Inputs, SAMPLES, showSample } from './inputs.js';

/** What the page shows before there is a photo. */
export function Welcome({ inputs }: { inputs: Inputs }) {
  return (
    <section class="welcome">
      <div class="welcome__drop">
        <h1>
          Drop a photo in.
          <br />
          Walk around in its depth.
        </h1>
        <p class="welcome__lead">
          A vision transformer looks at it, its patches are put into words, a language model reads them, and every pixel
          gets a distance in metres.
        </p>
        <div class="welcome__actions">
          <FileButton inputs={inputs} class="button button--primary">
            <ImageIcon /> Choose a photo
          </FileButton>
          <button type="button" class="button" onClick={inputs.openCamera}>
            <CameraIcon /> Use the camera
          </button>
        </div>
        <p class="welcome__hint">You can paste one, too. Rooms work best: that is what the model was trained on.</p>
      </div>
      <div class="welcome__samples">
        <h2>Or start with one of these</h2>
        <ul>
          {SAMPLES.map(({ name, title }) => (
            <li key={name}>
              <button type="button" class="sample" onClick={() => showSample(name, inputs)}>
                <img src={`samples/${name}.jpg`} alt="" width="640" height="480" />
                <span>{title}</span>
              </button>
            </li>
          ))}
        </ul>
      </div>
    </section>
  );
}
