// By path, not by name: backend's own tests use this preset too, and turbo allows no circle between packages.
import { openDevice } from '../../packages/backend/dist/index.js';

await openDevice();
