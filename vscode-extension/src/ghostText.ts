// Ghost text: what VS Code asks for goes to the server, and what becomes of a suggestion is told to it.
import * as vscode from 'vscode';
import { InlineCompletionItem, type CancellationToken, type TextDocument } from 'vscode';
import type { Server } from './server.js';
import type { Switches } from './switches.js';
import { idOf, ShownSuggestion, textOf, type Position, type ServerItem } from './suggestions.js';

export const ACCEPTED_COMMAND = 'pylot.suggestionAccepted';
const SHOWING = 'pylot.isSuggesting';

/** Every document in which VS Code shows ghost text and a user types. */
const SELECTOR = [
  { scheme: 'file' },
  { scheme: 'untitled' },
  { scheme: 'vscode-notebook-cell' },
];

/** Offers the server's suggestions, and follows the last one. */
export class GhostText implements vscode.InlineCompletionItemProvider, vscode.Disposable {
  private shown: { uri: string; suggestion: ShownSuggestion } | undefined;
  private readonly subscriptions: vscode.Disposable[];

  constructor(
    private readonly server: Server,
    private readonly switches: Switches,
    private readonly onBusy: (isBusy: boolean) => void,
    private readonly onAnswered: () => void,
  ) {
    this.subscriptions = [
      vscode.languages.registerInlineCompletionItemProvider(SELECTOR, this),
      vscode.workspace.onDidChangeTextDocument(event => this.follow(event)),
      vscode.commands.registerCommand(ACCEPTED_COMMAND, (id: string) => this.accepted(id)),
      vscode.commands.registerCommand('pylot.dismissSuggestion', () => this.dismiss()),
    ];
  }

  dispose(): void {
    this.subscriptions.forEach(each => each.dispose());
  }

  async provideInlineCompletionItems(
    document: TextDocument,
    position: vscode.Position,
    context: vscode.InlineCompletionContext,
    token: CancellationToken,
  ): Promise<InlineCompletionItem[] | undefined> {
    const isInvoked = context.triggerKind === vscode.InlineCompletionTriggerKind.Invoke;
    // Whoever asks for a suggestion wants one, whatever the switches say.
    if (!isInvoked && this.switches.whyNot(document) !== undefined) {
      return undefined;
    }
    const version = document.version;
    this.onBusy(true);
    try {
      const items = await this.ask(document, position, context, token);
      if (token.isCancellationRequested || document.version !== version) {
        return undefined;
      }
      this.show(document, position, items[0]);
      return items.map(item => inlineItem(item));
    } finally {
      this.onBusy(false);
      this.onAnswered();
    }
  }

  private async ask(
    document: TextDocument,
    position: vscode.Position,
    context: vscode.InlineCompletionContext,
    token: CancellationToken,
  ): Promise<ServerItem[]> {
    const selected = context.selectedCompletionInfo;
    const answer = await this.server.request<{ items: ServerItem[] }>('textDocument/inlineCompletion', {
      textDocument: { uri: document.uri.toString(), version: document.version },
      position: plainPosition(position),
      context: {
        // The protocol counts from 1 what VS Code counts from 0.
        triggerKind: context.triggerKind + 1,
        ...(selected === undefined ? {} : { selectedCompletionInfo: { range: plainRange(selected.range), text: selected.text } }),
      },
      formattingOptions: indentation(document),
    }, token);
    return answer?.items ?? [];
  }

  private show(document: TextDocument, position: vscode.Position, item: ServerItem | undefined): void {
    void vscode.commands.executeCommand('setContext', SHOWING, item !== undefined);
    if (item === undefined) {
      this.shown = undefined;
      return;
    }
    const cursor = document.offsetAt(position);
    const start = item.range === undefined ? position : new vscode.Position(item.range.start.line, item.range.start.character);
    const typed = document.getText(new vscode.Range(start, position));
    const suggestion = new ShownSuggestion(item, document.offsetAt(start), cursor, typed);
    this.shown = { uri: document.uri.toString(), suggestion };
    this.server.notify('textDocument/didShowCompletion', { item });
  }

  private follow(event: vscode.TextDocumentChangeEvent): void {
    if (this.shown?.uri !== event.document.uri.toString() || event.contentChanges.length === 0) {
      return;
    }
    const { suggestion } = this.shown;
    // With several cursors the first one is the lowest in the document; the suggestion is at one of them.
    const fates = event.contentChanges.map(change =>
      suggestion.follow({ offset: change.rangeOffset, length: change.rangeLength, text: change.text }),
    );
    const taken = fates.find(fate => fate !== 'gone');
    if (typeof taken === 'number') {
      this.server.notify('textDocument/didPartiallyAcceptCompletion', { item: suggestion.item, acceptedLength: taken });
    }
    if (fates.every(fate => fate === 'gone')) {
      this.forget();
    }
  }

  private accepted(id: string): void {
    this.forget();
    void this.server.request('workspace/executeCommand', { command: 'pylot.acceptSuggestion', arguments: [id] });
  }

  private dismiss(): void {
    void vscode.commands.executeCommand('editor.action.inlineSuggest.hide');
    if (this.shown !== undefined) {
      this.server.notify('textDocument/didDismissCompletion', { item: this.shown.suggestion.item });
      this.forget();
    }
  }

  private forget(): void {
    this.shown = undefined;
    void vscode.commands.executeCommand('setContext', SHOWING, false);
  }
}

function inlineItem(item: ServerItem): InlineCompletionItem {
  const text = textOf(item);
  const inline = new InlineCompletionItem(
    typeof item.insertText === 'string' ? text : new vscode.SnippetString(text),
    item.range && new vscode.Range(
      new vscode.Position(item.range.start.line, item.range.start.character),
      new vscode.Position(item.range.end.line, item.range.end.character),
    ),
  );
  const id = idOf(item);
  if (id !== undefined) {
    inline.command = { title: item.command?.title ?? '', command: ACCEPTED_COMMAND, arguments: [id] };
  }
  return inline;
}

// VS Code's own values turn into JSON of another shape than the protocol's.
function plainRange({ start, end }: vscode.Range): { start: Position; end: Position } {
  return { start: plainPosition(start), end: plainPosition(end) };
}

function plainPosition({ line, character }: vscode.Position): Position {
  return { line, character };
}

function indentation(document: TextDocument): { tabSize: number; insertSpaces: boolean } | undefined {
  const options = vscode.window.visibleTextEditors.find(editor => editor.document === document)?.options;
  return typeof options?.tabSize === 'number' && typeof options.insertSpaces === 'boolean'
    ? { tabSize: options.tabSize, insertSpaces: options.insertSpaces }
    : undefined;
}
