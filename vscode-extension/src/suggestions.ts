// The server's suggestions as plain values: what is asked, what comes back, and what is told of them afterwards.

export interface Position {
  line: number;
  character: number;
}

/** An item of the answer to `textDocument/inlineCompletion`. */
export interface ServerItem {
  insertText: string | { value: string };
  range?: { start: Position; end: Position };
  command?: { title: string; command: string; arguments?: unknown[] };
}

/** Return an item's text as it will be inserted; snippets count by their source. */
export function textOf(item: ServerItem): string {
  return typeof item.insertText === 'string' ? item.insertText : item.insertText.value;
}

/** Return the id by which the server knows a suggestion. */
export function idOf(item: ServerItem): string | undefined {
  const id = item.command?.arguments?.[0];
  return typeof id === 'string' ? id : undefined;
}

/** How a document has changed: `text` stands where `length` characters from `offset` stood. */
export interface Change {
  offset: number;
  length: number;
  text: string;
}

const AUTO_CLOSED = new Set(['()', '[]', '{}', '<>', '""', "''", '``']);

/** Follows one suggestion on the screen through the changes of its document. */
export class ShownSuggestion {
  private taken: number;

  /** `start` is the offset where the suggestion's text begins, and `cursor` where it was asked for. */
  constructor(readonly item: ServerItem, private readonly start: number, cursor: number, typed: string) {
    this.taken = textOf(item).startsWith(typed) ? cursor - start : 0;
  }

  /**
   * Take in a change.
   *
   * Returns how much of the text is in the document now if several characters of it came at once, which is how
   * editors accept a word or a line; undefined where it was typed through; and 'gone' where it no longer agrees.
   */
  follow(change: Change): number | undefined | 'gone' {
    const text = textOf(this.item);
    const isNext = change.length === 0 && change.offset === this.start + this.taken;
    if (!isNext || change.text === '' || !text.startsWith(change.text, this.taken)) {
      return 'gone';
    }
    this.taken += change.text.length;
    if (this.taken === text.length) {
      // The editor runs the item's command, which tells the server.
      return 'gone';
    }
    return change.text.length > 1 && !AUTO_CLOSED.has(change.text) ? this.taken : undefined;
  }
}
