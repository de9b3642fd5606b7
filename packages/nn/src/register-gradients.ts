// tfjs-core's own gradients, which its Node build leaves out (see tfjs-gradients-plugin.ts).
import '@tensorflow/tfjs-core/dist/register_all_gradients';
