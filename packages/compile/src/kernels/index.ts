// Importing a file registers its kernels. The README has the table of them.
import './unary.js';
import './binary.js';
import './reductions.js';
import './creation.js';
import './shapes.js';
import './matrix-products.js';
import './convolutions.js';
import './pooling.js';
import './volumes.js';
import './resizing.js';
import './gathering.js';
import './counting.js';
import './normalizations.js';
