/** The script and the style of the report, each as one text. */
import path from 'node:path';
import { build } from './bundle.ts';

const root = path.join(import.meta.dirname, '..');

export interface ViewerTexts {
  readonly script: string;
  readonly style: string;
}

/** One module, for browsers of the last years; nothing is loaded from elsewhere. */
export async function bundleViewer(): Promise<ViewerTexts> {
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: { viewer: 'lib/report/viewer/main.ts', style: 'lib/report/viewer/viewer.css' },
    bundle: true,
    format: 'esm',
    // that of the folder stands on one that the image's build does not have
    tsconfigRaw: {},
    platform: 'browser',
    target: 'es2023',
    minify: true,
    charset: 'utf8',
    legalComments: 'eof',
    logLevel: 'warning',
    write: false,
    outdir: 'viewer',
  });
  const textOf = (extension: string): string => {
    const file = outputFiles.find((each) => each.path.endsWith(extension));
    if (file === undefined) throw new Error(`esbuild wrote no ${extension} of the viewer`);
    return file.text.trim();
  };
  return { script: textOf('.js'), style: textOf('.css') };
}
