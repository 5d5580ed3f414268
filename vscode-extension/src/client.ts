// One connection to one server process. It never restarts by itself; `server.ts` does that.
import type { CodeAction, Command, LogOutputChannel } from 'vscode';
import {
  CancellationToken,
  CloseAction,
  CodeActionResolveRequest,
  ErrorAction,
  ErrorCodes,
  ExecuteCommandRequest,
  InlineCompletionRequest,
  LanguageClient,
  LSPErrorCodes,
  RenameRequest,
  ResponseError,
  type ApplyWorkspaceEditResult,
  type ClientCapabilities,
  type DynamicFeature,
  type InitializeParams,
  type LanguageClientOptions,
  type MessageSignature,
  type ServerOptions,
  type StaticFeature,
} from 'vscode-languageclient/node';
import type { Progress } from './progress.js';
import type { Proposals } from './proposals.js';

export interface ClientWiring {
  command: string;
  args: string[];
  cwd: string;
  log: LogOutputChannel;
  progress: Progress;
  proposals: Proposals;
  sections: () => Record<string, unknown>;
  onClosed: () => void;
  /** What a user has asked for was refused; the sentence says why. */
  onRefused: (sentence: string) => void;
}

// VS Code says nothing where one of these fails.
const ASKED_BY_USERS: string[] = [ExecuteCommandRequest.method, CodeActionResolveRequest.method];
// Whoever has cancelled knows it, and a server that is gone is told of elsewhere.
const TOLD_ELSEWHERE: number[] = [
  LSPErrorCodes.RequestCancelled,
  LSPErrorCodes.ServerCancelled,
  ErrorCodes.PendingResponseRejected,
  ErrorCodes.ConnectionInactive,
];

/** Return a client that is not started yet. */
export function newClient(wiring: ClientWiring): LanguageClient {
  const server: ServerOptions = { command: wiring.command, args: wiring.args, options: { cwd: wiring.cwd } };
  const options: LanguageClientOptions = {
    // Cells of notebooks come with their notebook.
    documentSelector: [{ scheme: 'file' }, { scheme: 'untitled' }],
    outputChannel: wiring.log,
    initializationOptions: () => wiring.sections(),
    errorHandler: {
      error: () => ({ action: ErrorAction.Continue, handled: true }),
      closed: () => {
        wiring.onClosed();
        return { action: CloseAction.DoNotRestart, handled: true };
      },
    },
    middleware: {
      provideCodeActions: async (document, range, context, token, next) => withReasons(await next(document, range, context, token)),
      handleWorkDoneProgress: (token, value) => wiring.progress.show(client, token, value),
      workspace: {
        handleApplyEdit: (params, next) => wiring.proposals.make(params, async it => asResult(await next(it, CancellationToken.None))),
        configuration: params => params.items.map(item => (item.section === 'pylot' ? wiring.sections() : null)),
        didChangeConfiguration: async () => {
          // The same change may have stopped the server.
          if (client.isRunning()) {
            await client.sendNotification('workspace/didChangeConfiguration', { settings: { pylot: wiring.sections() } });
          }
        },
      },
    },
  };
  const client = new PylotClient(wiring.onRefused, server, options);
  return client;
}

class PylotClient extends LanguageClient {
  constructor(private readonly onRefused: (sentence: string) => void, server: ServerOptions, options: LanguageClientOptions) {
    super('pylot', 'Pylot', server, options);
  }

  override registerFeature(feature: StaticFeature | DynamicFeature<unknown>): void {
    // The library's own provider tells nothing of what was shown or dismissed; `ghostText.ts` does.
    const isGhostText = 'registrationType' in feature && feature.registrationType.method === InlineCompletionRequest.method;
    super.registerFeature(isGhostText ? new DeclaredFeature() : feature);
  }

  override error(message: string, data?: unknown): void {
    // Whoever calls this server shows what went wrong, with a way out.
    super.error(message, data, false);
  }

  override handleFailedRequest<T>(type: MessageSignature, _token: unknown, error: unknown, otherwise: T): T {
    const isToBeTold = error instanceof ResponseError && !TOLD_ELSEWHERE.includes(error.code);
    if (isToBeTold && type.method === RenameRequest.method) {
      // VS Code shows it beside the name.
      throw error;
    }
    if (isToBeTold && ASKED_BY_USERS.includes(type.method)) {
      this.onRefused(error.message);
    }
    return otherwise;
  }
}

/** VS Code lists an action that cannot be done here, and keeps to itself why. */
function withReasons(actions: (Command | CodeAction)[] | null | undefined): typeof actions {
  for (const action of actions ?? []) {
    if ('disabled' in action && action.disabled !== undefined) {
      action.title = `${action.title} – ${action.disabled.reason}`;
    }
  }
  return actions;
}

function asResult(result: ApplyWorkspaceEditResult | ResponseError): ApplyWorkspaceEditResult {
  return result instanceof ResponseError ? { applied: false } : result;
}

/** Says that this client shows ghost text and knows Pylot's own messages. */
class DeclaredFeature implements StaticFeature {
  fillInitializeParams(_params: InitializeParams): void {}

  fillClientCapabilities(capabilities: ClientCapabilities): void {
    capabilities.textDocument = { ...capabilities.textDocument, inlineCompletion: {} };
    capabilities.experimental = { ...capabilities.experimental, pylot: { approval: true, input: true, tasks: true } };
  }

  initialize(): void {}

  getState(): { kind: 'static' } {
    return { kind: 'static' };
  }

  clear(): void {}
}
