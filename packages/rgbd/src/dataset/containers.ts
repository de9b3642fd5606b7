import { extname } from 'node:path';

/** Says of a recording that holds frames, but is not read, which tool unpacks it; undefined for other files. */
export function containerHint(path: string): string | undefined {
  const [what, advice] = CONTAINERS[extname(path).toLowerCase()] ?? [];
  return what && `It is ${what}, which is not read. ${advice}`;
}

const FOLDERS = 'color and depth, which are read.';
const OPEN3D_VIDEO = `Unpack it with Open3D's azure_kinect_mkv_reader.py into folders ${FOLDERS}`;
const VIDEO = [
  'a video',
  'A video has no depth in metres: export images and depth maps from the app that recorded it, or predict the images that ffmpeg takes out of it.',
] as const;
const ROS = [
  'a recording of ROS 2',
  'Write its topics of color and aligned depth with a script of rosbag2_py into folders images and depth.',
] as const;

const CONTAINERS: Record<string, readonly [what: string, advice: string]> = {
  '.bag': [
    'a recording of RealSense or ROS',
    `Unpack one of RealSense with Open3D's RSBagReader.save_frames into folders ${FOLDERS} Of ROS, write the topics of color and aligned depth with cv_bridge.`,
  ],
  '.mkv': ['a recording of Azure Kinect, or a video', OPEN3D_VIDEO],
  '.r3d': [
    'a recording of Record3D',
    'Export it in the app as "EXR + JPG sequence", whose folders rgb and depth are read.',
  ],
  '.svo': [
    'a recording of a ZED camera',
    'Unpack it with the sample SVO Export of the ZED SDK into left images and 16-bit depth.',
  ],
  '.svo2': [
    'a recording of a ZED camera',
    'Unpack it with the sample SVO Export of the ZED SDK into left images and 16-bit depth.',
  ],
  '.sens': [
    'a scan of ScanNet',
    "Unpack it with ScanNet's SensReader into folders color, depth and intrinsic, which are read.",
  ],
  '.oni': [
    'a recording of OpenNI',
    "Unpack it with OpenNI 2's tools, or with ONI2PNG, into images and 16-bit depth maps.",
  ],
  '.klg': ['a recording of ElasticFusion', 'Unpack it with klg2png or pyklg into images and 16-bit depth maps.'],
  '.db3': ROS,
  '.mcap': ROS,
  '.mp4': VIDEO,
  '.mov': VIDEO,
  '.avi': VIDEO,
  '.webm': VIDEO,
};
