export { createServer, type ServerOptions } from './server/create-server.js';
export { DEFAULT_LIMITS, type Limits } from './server/limits.js';
export { ModelRegistry } from './server/models.js';
export { writeStaticDemo } from './static/static-demo.js';
