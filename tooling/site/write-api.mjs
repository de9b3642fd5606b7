// `npm run docs -- api`: the API's pages alone.
import { installSite } from './install.mjs';

installSite();
const { writeApi } = await import('./api.mjs');
console.log(await writeApi());
