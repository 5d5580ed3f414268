// One connection to one server process. It never restarts by itself; `server.ts` does that.
import type { LogOutputChannel } from 'vscode';
import {
  CloseAction,
  ErrorAction,
  InlineCompletionRequest,
  LanguageClient,
  type ClientCapabilities,
  type DynamicFeature,
  type InitializeParams,
  type LanguageClientOptions,
  type MessageSignature,
  type ServerOptions,
  type StaticFeature,
} from 'vscode-languageclient/node';
import type { Progress } from './progress.js';

export interface ClientWiring {
  command: string;
  args: string[];
  cwd: string;
  log: LogOutputChannel;
  progress: Progress;
  sections: () => Record<string, unknown>;
  onClosed: () => void;
}

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
      handleWorkDoneProgress: (token, value) => wiring.progress.show(client, token, value),
      workspace: {
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
  const client = new PylotClient('pylot', 'Pylot', server, options);
  return client;
}

class PylotClient extends LanguageClient {
  override registerFeature(feature: StaticFeature | DynamicFeature<unknown>): void {
    // The library's own provider tells nothing of what was shown or dismissed; `ghostText.ts` does.
    const isGhostText = 'registrationType' in feature && feature.registrationType.method === InlineCompletionRequest.method;
    super.registerFeature(isGhostText ? new DeclaredFeature() : feature);
  }

  override error(message: string, data?: unknown): void {
    // Whoever calls this server shows what went wrong, with a way out.
    super.error(message, data, false);
  }

  override handleFailedRequest<T>(_type: MessageSignature, _token: unknown, _error: unknown, otherwise: T): T {
    return otherwise;
  }
}

/** Says that this client shows ghost text and knows Pylot's own messages. */
class DeclaredFeature implements StaticFeature {
  fillInitializeParams(_params: InitializeParams): void {}

  fillClientCapabilities(capabilities: ClientCapabilities): void {
    capabilities.textDocument = { ...capabilities.textDocument, inlineCompletion: {} };
    capabilities.experimental = { ...capabilities.experimental, pylot: { approval: true, input: true, save: true, tasks: true } };
  }

  initialize(): void {}

  getState(): { kind: 'static' } {
    return { kind: 'static' };
  }

  clear(): void {}
}
