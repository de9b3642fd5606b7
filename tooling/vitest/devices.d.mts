export function webgpuEnvironment(): Record<string, string>;
export function presentDevices(): string[];
