export const testAll: boolean;
export const namedDevice: string | undefined;
export function webgpuEnvironment(): Record<string, string>;
export function testDevices(): string[];
export function presentDevices(): string[];
