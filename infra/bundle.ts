/** What all bundles have in common. */

export { build } from 'esbuild';

/** Some packages are CommonJS inside and call require for Node's own modules. */
const requireBanner = `import { createRequire as createRequire_ } from 'node:module';
const require = createRequire_(import.meta.url);`;

/** Modules before CommonJS, of which less can be left out. */
const mainFields = ['module', 'main'];

/** Minified, for Node 22.19 and newer, as modules. Names are not kept: a name for every closure costs a tenth of a run. */
export const bundleOptions = {
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node22.19',
  mainFields,
  minify: true,
  logLevel: 'warning',
  banner: { js: requireBanner },
} as const;
