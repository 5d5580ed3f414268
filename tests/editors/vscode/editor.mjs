// A VS Code of its own: code-server with a clean profile, the packaged extension, and a workspace.
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '../../..');
export const EDITORS = process.env.PYLOT_EDITORS || join(ROOT, '.editors');
const NODE_HOME = join(EDITORS, 'node/node_modules', `node-${process.platform}-${process.arch}`, 'bin');
const CODE_SERVER = join(EDITORS, 'code-server/node_modules/code-server/out/node/entry.js');
// Where `pylot` is; a test of the first minutes leaves it out.
export const PYLOT_BIN = process.env.PYLOT_BIN || join(ROOT, '.venv/bin');

// What keeps a test's window calm; none of it is Pylot's.
const USER_SETTINGS = {
  'security.workspace.trust.enabled': false,
  'telemetry.telemetryLevel': 'off',
  'update.mode': 'none',
  'extensions.autoUpdate': false,
  'extensions.autoCheckUpdates': false,
  'workbench.startupEditor': 'none',
  'workbench.reduceMotion': 'on',
  'workbench.colorTheme': 'Default Dark Modern',
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'chat.disableAIFeatures': true,
  'chat.commandCenter.enabled': false,
  'editor.minimap.enabled': false,
  'editor.accessibilitySupport': 'off',
  'files.simpleDialog.enable': true,
  'window.menuBarVisibility': 'compact',
};

/** A code-server and everything it writes; `folder` goes away with it. */
export class Editor {
  constructor({ files = {}, homeFiles = {}, settings = {}, machineSettings = {}, env = {}, withPylot = true, withAgent = false, model } = {}) {
    this.folder = mkdtempSync(join(tmpdir(), 'pylot-editor-'));
    this.workspace = join(this.folder, 'workspace');
    this.profile = join(this.folder, 'profile');
    this.home = join(this.folder, 'home');
    this.env = this.environment(env, withPylot);
    this.modelScript = model;
    for (const [name, content] of Object.entries(files)) {
      this.write(join('workspace', name), content);
    }
    for (const [name, content] of Object.entries(homeFiles)) {
      this.write(join('home', name), content);
    }
    mkdirSync(this.workspace, { recursive: true });
    // VS Code asks a login shell for the user's `PATH`, which a system's own profile sets anew.
    this.write('home/.bash_profile', `export PATH='${this.env.PATH}'\n`);
    this.write('profile/User/settings.json', JSON.stringify({ ...USER_SETTINGS, ...settings }));
    if (withAgent) {
      machineSettings = { ...machineSettings, 'pylot.server.path': this.scriptedAgent() };
    }
    // A browser's window is a remote one, which reads machine-scoped settings from here.
    this.write('profile/Machine/settings.json', JSON.stringify(machineSettings));
  }

  /** Let agents work with a chat model that says what its script has. */
  async startModel() {
    if (this.modelScript === undefined) {
      return;
    }
    const env = { ...this.env, PYTHONPATH: [join(ROOT, 'server'), ROOT].join(delimiter) };
    const args = ['-m', 'tests.editors.agent_model', JSON.stringify(this.modelScript)];
    this.model = spawn(join(PYLOT_BIN, 'python'), args, { env, stdio: ['pipe', 'pipe', 'inherit'] });
    const settings = await new Promise(done => this.model.stdout.once('data', chunk => done(String(chunk))));
    this.write('home/pylot/config/pylot.toml', `[workspace]\ntrusted = ['${this.workspace}']\n${settings}`);
  }

  /** Return the path of a server whose agents do what a script says. */
  scriptedAgent() {
    const python = join(PYLOT_BIN, 'python');
    const path = this.write('home/agent', `#!/bin/sh\nPYTHONPATH='${ROOT}/server:${ROOT}' exec '${python}' -m tests.editors.scripted_agent "$@"\n`);
    chmodSync(path, 0o755);
    return path;
  }

  environment(extra, withPylot) {
    const path = [NODE_HOME, ...(withPylot ? [PYLOT_BIN] : []), process.env.PATH].join(delimiter);
    const env = { ...process.env, PATH: path, SHELL: '/bin/bash', HOME: this.home, PYLOT_HOME: join(this.home, 'pylot'), ...extra };
    for (const name of ['PORT', 'PASSWORD', 'VSCODE_IPC_HOOK_CLI', 'XDG_CONFIG_HOME', 'XDG_DATA_HOME', 'XDG_CACHE_HOME']) {
      delete env[name];
    }
    return { ...env, ...extra };
  }

  write(name, content) {
    const path = join(this.folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
    return path;
  }

  get arguments() {
    return [CODE_SERVER, '--user-data-dir', this.profile, '--extensions-dir', join(this.folder, 'extensions')];
  }

  install(vsix) {
    mkdirSync(this.home, { recursive: true });
    const result = spawnSync('node', [...this.arguments, '--install-extension', vsix, '--force'], { env: this.env, encoding: 'utf8' });
    if (result.status !== 0) {
      throw new Error(`The extension was not installed: ${result.stdout}${result.stderr}`);
    }
  }

  async start() {
    await this.startModel();
    this.port = await freePort();
    const options = ['--bind-addr', `127.0.0.1:${this.port}`, '--auth', 'none', '--disable-telemetry', '--disable-update-check',
      '--disable-workspace-trust', '--disable-getting-started-override', '--reconnection-grace-time', '3', this.workspace];
    mkdirSync(this.home, { recursive: true });
    this.process = spawn('node', [...this.arguments, ...options], { env: this.env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    this.output = '';
    this.process.stdout.on('data', chunk => (this.output += chunk));
    this.process.stderr.on('data', chunk => (this.output += chunk));
    await until(() => fetch(`http://127.0.0.1:${this.port}/healthz`).then(it => it.ok, () => false), 120_000, 'code-server');
  }

  async stop({ keep = false } = {}) {
    this.model?.kill();
    if (this.process?.exitCode === null) {
      // The group: extension hosts are children of children.
      process.kill(-this.process.pid, 'SIGTERM');
      await Promise.race([new Promise(done => this.process.once('exit', done)), sleep(5_000)]);
      try {
        process.kill(-this.process.pid, 'SIGKILL');
      } catch {
        // Everything has ended already.
      }
    }
    if (!keep) {
      // The engine and the index wait a moment for another window, and write there until they leave.
      await until(() => removed(this.folder), 20_000, 'the end of the engine and the index');
    }
  }
}

function removed(folder) {
  try {
    rmSync(folder, { recursive: true, force: true });
    return true;
  } catch {
    return false;
  }
}

export function sleep(ms) {
  return new Promise(done => setTimeout(done, ms));
}

/** Ask again and again until the answer is true, and return it. */
export async function until(ask, ms, what) {
  const end = Date.now() + ms;
  for (;;) {
    const answer = await ask();
    if (answer) {
      return answer;
    }
    if (Date.now() > end) {
      throw new Error(`${what} did not come within ${ms / 1000} s`);
    }
    await sleep(100);
  }
}

function freePort() {
  return new Promise(done => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => done(port));
    });
  });
}
