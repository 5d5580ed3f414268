// Words that a user reads. Files that know nothing of `vscode` get their translations through here.

type Argument = string | number | boolean;
type Translate = (message: string, ...args: Argument[]) => string;

let translate: Translate = (message, ...args) =>
  message.replace(/\{(\d+)\}/g, (whole, index) => String(args[Number(index)] ?? whole));

/** Return a message in the user's language, with its `{0}`, `{1}` filled in. */
export function t(message: string, ...args: Argument[]): string {
  return translate(message, ...args);
}

/** Let another function translate from now on. */
export function translateWith(other: Translate): void {
  translate = other;
}
