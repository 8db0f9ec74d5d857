import manifest from '../package.json' with { type: 'json' };

export const toolVersion: string = manifest.version;
export const userAgent = `kube-binpack/${toolVersion} (${process.platform}/${process.arch})`;
