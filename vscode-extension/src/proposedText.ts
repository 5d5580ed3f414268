// What an edit of the workspace comes to, as texts that can be compared: pure functions of the protocol's values.
import type { TextEdit, WorkspaceEdit } from 'vscode-languageclient';

/** One file that an edit changes; a new one has no text yet. */
export interface ProposedFile {
  uri: string;
  isNew: boolean;
  edits: TextEdit[];
}

/** Whether somebody must see an edit before it is made. */
export function needsLook(edit: WorkspaceEdit): boolean {
  return Object.values(edit.changeAnnotations ?? {}).some(each => each.needsConfirmation === true);
}

/** Return the files of an edit, in its order. */
export function filesOf(edit: WorkspaceEdit): ProposedFile[] {
  const files = new Map<string, ProposedFile>();
  const file = (uri: string): ProposedFile => {
    const found = files.get(uri) ?? { uri, isNew: false, edits: [] };
    files.set(uri, found);
    return found;
  };
  for (const change of edit.documentChanges ?? []) {
    if ('textDocument' in change) {
      file(change.textDocument.uri).edits.push(...change.edits.filter(each => 'newText' in each));
    } else if (change.kind === 'create') {
      file(change.uri).isNew = true;
    }
  }
  return [...files.values()];
}

/** Return an edit that asks nobody any more, because somebody has answered. */
export function withoutQuestion(edit: WorkspaceEdit): WorkspaceEdit {
  const { changeAnnotations = {}, ...rest } = edit;
  const seen = Object.entries(changeAnnotations).map(([id, each]) => [id, { ...each, needsConfirmation: false }] as const);
  return { ...rest, changeAnnotations: Object.fromEntries(seen) };
}

/** Return a text after edits of it; places count UTF-16 units, as VS Code's do. */
export function edited(text: string, edits: TextEdit[]): string {
  const starts = [0, ...[...text.matchAll(/\r\n|\r|\n/g)].map(({ 0: end, index }) => index + end.length)];
  const offset = ({ line, character }: { line: number; character: number }) => Math.min((starts[line] ?? text.length) + character, text.length);
  const pieces: string[] = [];
  let done = 0;
  for (const { start, end, newText } of edits.map(each => ({ start: offset(each.range.start), end: offset(each.range.end), newText: each.newText })).sort((one, other) => one.start - other.start)) {
    pieces.push(text.slice(done, start), newText);
    done = end;
  }
  return [...pieces, text.slice(done)].join('');
}
