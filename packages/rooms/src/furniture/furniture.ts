// Every maker that the scene templates choose from.
export * from './bathroom.js';
export * from './bedroom.js';
export * from './groups.js';
export * from './kitchen.js';
export * from './leisure.js';
export * from './seating.js';
export * from './storage.js';
export * from './tables.js';
export * from './wall-decor.js';
export * from './workplace.js';
