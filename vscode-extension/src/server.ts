// The server's life: found, started, restarted after a crash, stopped. All of it one step after the other.
import * as vscode from 'vscode';
import type { CancellationToken } from 'vscode';
import type { LanguageClient } from 'vscode-languageclient/node';
import { findServer, isFound } from './findServer.js';
import { showProblem, type Problem } from './problems.js';
import type { Progress } from './progress.js';
import type { Proposals } from './proposals.js';
import { RestartBudget } from './restartBudget.js';
import { SerialQueue } from './serialQueue.js';
import { declaredNames, sectionsForServer, serverArguments } from './settings.js';
import { isEnabled } from './switches.js';
import { t } from './words.js';

/** How the server is, for the status bar. */
export type ServerState =
  | { kind: 'off' | 'starting' | 'running' }
  | { kind: 'failed'; problem: Problem };

type Listener = (params: unknown) => void;
type Answerer = (params: unknown, token: CancellationToken) => Promise<unknown>;

/** The one server of this window. */
export class Server implements vscode.Disposable {
  private client: LanguageClient | undefined;
  private readonly queue = new SerialQueue();
  private readonly budget = new RestartBudget();
  private readonly listeners = new Map<string, Listener>();
  private readonly answerers = new Map<string, Answerer>();
  private readonly changed = new vscode.EventEmitter<ServerState>();
  private pending: NodeJS.Timeout | undefined;
  private isDisposed = false;
  private waiting: Promise<void> | undefined;
  private lastProblem = '';

  /** The program that runs, to start others of its kind such as downloads. */
  program: { command: string; args: string[]; version: string } | undefined;
  state: ServerState = { kind: 'off' };
  readonly onDidChangeState = this.changed.event;

  constructor(
    private readonly context: vscode.ExtensionContext,
    private readonly log: vscode.LogOutputChannel,
    private readonly progress: Progress,
    private readonly proposals: Proposals,
  ) {}

  /** Take a notification of the server; call it before the start. */
  on(method: string, listener: Listener): void {
    this.listeners.set(method, listener);
  }

  /** Answer a request of the server; call it before the start. */
  answer(method: string, answerer: Answerer): void {
    this.answerers.set(method, answerer);
  }

  /** Start or restart, in turn; several wishes that wait are one. */
  async restart(): Promise<void> {
    this.budget.forgive();
    this.lastProblem = '';
    await this.startInTurn();
  }

  /** Stop and let go of everything. */
  async stop(): Promise<void> {
    this.isDisposed = true;
    clearTimeout(this.pending);
    await this.queue.run(() => this.stopClient());
  }

  dispose(): void {
    void this.stop();
  }

  /** Ask the server; undefined where it is not there, fails or is told to stop. */
  async request<R>(method: string, params: unknown, token?: CancellationToken): Promise<R | undefined> {
    try {
      return await this.tryRequest<R>(method, params, token);
    } catch (error) {
      if (token?.isCancellationRequested !== true) {
        this.log.info(`${method}: ${messageOf(error)}`);
      }
      return undefined;
    }
  }

  /** Ask the server; its sentence is thrown where it refuses. */
  async tryRequest<R>(method: string, params: unknown, token?: CancellationToken): Promise<R | undefined> {
    const client = this.client;
    if (client?.isRunning() !== true) {
      return undefined;
    }
    return (token === undefined ? client.sendRequest<R>(method, params) : client.sendRequest<R>(method, params, token));
  }

  /** Run one of the server's commands. */
  command<R>(name: string, ...args: unknown[]): Promise<R | undefined> {
    return this.tryRequest<R>('workspace/executeCommand', { command: name, arguments: args });
  }

  /** Tell the server, if it is there. */
  notify(method: string, params: unknown): void {
    if (this.client?.isRunning() === true) {
      void this.client.sendNotification(method, params).catch(() => undefined);
    }
  }

  private startInTurn(): Promise<void> {
    clearTimeout(this.pending);
    this.waiting ??= this.queue.run(async () => {
      this.waiting = undefined;
      await this.stopClient();
      if (this.isDisposed || !isEnabled()) {
        this.change({ kind: 'off' });
        return;
      }
      await this.start();
    });
    return this.waiting;
  }

  private async start(): Promise<void> {
    this.change({ kind: 'starting' });
    await vscode.workspace.fs.createDirectory(this.context.globalStorageUri);
    const found = await findServer(this.context, this.log);
    if (!isFound(found)) {
      this.fail(found);
      return;
    }
    const { command, args } = found.candidate;
    this.program = { command, args, version: found.version };
    const client = await this.wire(command, args);
    this.client = client;
    try {
      await client.start();
      this.change({ kind: 'running' });
    } catch (error) {
      this.log.error(messageOf(error));
      // A server that ends while it starts is a crash, which `closed` of the client has counted.
      if (this.client === client) {
        await this.stopClient();
        this.fail({
          sentence: t('Pylot’s server did not start: {0}', messageOf(error)),
          step: { title: t('Restart'), command: 'pylot.restartServer' },
        });
      }
    }
  }

  private async wire(command: string, args: string[]): Promise<LanguageClient> {
    // The client library is most of the bundle, and activation does not wait for it.
    const { newClient } = await import('./client.js');
    const names = declaredNames(this.context.extension);
    const client = newClient({
      command,
      args: [...args, 'lsp', ...serverArguments()],
      cwd: this.context.globalStorageUri.fsPath,
      log: this.log,
      progress: this.progress,
      proposals: this.proposals,
      sections: () => sectionsForServer(names),
      onClosed: () => this.crashed(client),
      onRefused: sentence => void showProblem({ sentence, step: { title: t('Show Log'), command: 'pylot.showLog' } }),
    });
    this.listeners.forEach((listener, method) => client.onNotification(method, listener));
    this.answerers.forEach((answerer, method) => client.onRequest(method, answerer));
    return client;
  }

  private crashed(client: LanguageClient): void {
    if (this.client !== client || this.isDisposed) {
      return;
    }
    this.client = undefined;
    this.progress.endAll();
    const pause = this.budget.crashed(Date.now());
    if (pause === undefined) {
      this.fail({
        sentence: t('Pylot’s server ended several times in a row and is left alone.'),
        step: { title: t('Restart'), command: 'pylot.restartServer' },
      });
      return;
    }
    this.change({ kind: 'starting' });
    if (this.budget.isFirst) {
      void showProblem({
        sentence: t('Pylot’s server has ended unexpectedly and is started again.'),
        step: { title: t('Show Log'), command: 'pylot.showLog' },
      });
    }
    this.pending = setTimeout(() => void this.startInTurn(), pause);
  }

  private async stopClient(): Promise<void> {
    const client = this.client;
    this.client = undefined;
    this.progress.endAll();
    // A client that was never up, or whose server is gone, cannot be stopped; then there is nothing to stop.
    await client?.dispose(2_000).catch(error => this.log.debug(messageOf(error)));
  }

  private fail(problem: Problem): void {
    this.change({ kind: 'failed', problem });
    if (problem.sentence !== this.lastProblem) {
      this.lastProblem = problem.sentence;
      void showProblem(problem);
    }
  }

  private change(state: ServerState): void {
    this.state = state;
    this.changed.fire(state);
  }
}

/** Return the sentence of whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
