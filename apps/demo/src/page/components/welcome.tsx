import { Camera, Image } from 'lucide-preact';
import type { ModelDescription } from '../../server/schemas.js';
import { TOUCH, useMedia } from '../hooks/use-media.js';
import { FileButton } from './file-button.js';
import { type Inputs, SAMPLES, showSample } from './inputs.js';

/** What the page shows before there is a photo. */
export function Welcome({ inputs, model }: { inputs: Inputs; model: ModelDescription | undefined }) {
  const touch = useMedia(TOUCH);
  return (
    <section class="welcome stack">
      <div class="welcome__drop">
        <h1>
          {touch ? 'Open a photo.' : 'Drop a photo here.'}
          <br />
          Explore its depth.
        </h1>
        <p>
          A vision transformer encodes the photo, reprogramming makes its patches an input of a language model, and the
          depth of every pixel follows, in metres.
        </p>
        <div class="row">
          <FileButton inputs={inputs} class="button button--primary">
            <Image /> Choose a photo
          </FileButton>
          <button type="button" class="button" onClick={inputs.openCamera}>
            <Camera /> Use the camera
          </button>
        </div>
        <p class="quiet">
          {!touch && 'You can also paste an image. '}
          {model?.about && `The model ${model.id}: ${model.about}`}
        </p>
      </div>
      <div class="stack">
        <h2>Or try an example</h2>
        <ul class="welcome__samples stack">
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
