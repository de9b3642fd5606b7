import { packageBuild } from '@llm-mde/tooling-tsup';

// examine-device.ts is a program of its own, which examine-devices.ts runs.
export default packageBuild({
  entry: { cli: 'src/cli.ts', 'examine-device': 'src/doctor/examine-device.ts' },
  platform: 'node',
});
