// Bundles the extension, or with `tests` what node:test runs.
import { build } from 'esbuild';
import { readdirSync, rmSync } from 'node:fs';

const common = { bundle: true, platform: 'node', format: 'cjs', target: 'node20', external: ['vscode'], logLevel: 'warning' };

if (process.argv[2] === 'tests') {
  const entryPoints = readdirSync('test/unit').filter(name => name.endsWith('.test.ts')).map(name => `test/unit/${name}`);
  rmSync('dist/test', { recursive: true, force: true });
  await build({ ...common, entryPoints, outdir: 'dist/test' });
} else {
  // The client library is ten times the rest: in a file of its own, activation neither reads nor parses it.
  const parts = ['src/extension.ts', 'src/client.ts'].map(entry => ({ ...common, entryPoints: [entry], outdir: 'dist', minify: true }));
  parts[0].external = [...common.external, './client.js'];
  await Promise.all(parts.map(build));
}
