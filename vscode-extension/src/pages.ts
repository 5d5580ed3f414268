// Read-only texts that VS Code shows in editors of its own: what is asked for, and what was answered.
import * as vscode from 'vscode';

const SCHEME = 'pylot-page';

/** Keeps the texts until their editors are closed. */
export class Pages implements vscode.TextDocumentContentProvider, vscode.Disposable {
  private readonly texts = new Map<string, string>();
  private readonly changed = new vscode.EventEmitter<vscode.Uri>();
  private readonly subscriptions = [
    vscode.workspace.registerTextDocumentContentProvider(SCHEME, this),
    vscode.workspace.onDidCloseTextDocument(document => this.texts.delete(document.uri.toString())),
  ];

  readonly onDidChange = this.changed.event;

  dispose(): void {
    this.changed.dispose();
    this.subscriptions.forEach(each => each.dispose());
  }

  provideTextDocumentContent(uri: vscode.Uri): string {
    return this.texts.get(uri.toString()) ?? '';
  }

  /** Return the address of a text; a group is a name and perhaps a part of it, and the end of `name` decides how it is coloured. */
  put(group: string, name: string, text: string): vscode.Uri {
    const uri = vscode.Uri.from({ scheme: SCHEME, path: `/${name}`, query: group });
    this.texts.set(uri.toString(), text);
    this.changed.fire(uri);
    return uri;
  }

  /** Show differences under one title: for each the file that it is about, and its two texts. */
  async compare(title: string, sides: [vscode.Uri, vscode.Uri, vscode.Uri][]): Promise<void> {
    const [only] = sides;
    if (sides.length === 1 && only !== undefined) {
      await vscode.commands.executeCommand('vscode.diff', only[1], only[2], title, { preview: true, preserveFocus: true });
    } else {
      await vscode.commands.executeCommand('vscode.changes', title, sides);
    }
  }

  /** Close every editor of a group. */
  async close(group: string): Promise<void> {
    const isOfGroup = (uri: vscode.Uri) => uri.scheme === SCHEME && uri.query.split('/')[0] === group;
    const tabs = vscode.window.tabGroups.all.flatMap(each => each.tabs).filter(({ input }) => addressesOf(input).some(isOfGroup));
    await vscode.window.tabGroups.close(tabs);
  }
}

function addressesOf(input: unknown): vscode.Uri[] {
  if (input instanceof vscode.TabInputText) {
    return [input.uri];
  }
  return input instanceof vscode.TabInputTextDiff ? [input.original, input.modified] : [];
}
