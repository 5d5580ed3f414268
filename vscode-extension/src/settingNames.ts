// How VS Code's names of settings become those of `pylot.toml`.

const SERVER_SECTIONS = ['completion', 'actions', 'index', 'log'];

/** Whether the server knows a setting, named without `pylot.`; the others are the extension's own. */
export function isServerSetting(name: string): boolean {
  return SERVER_SECTIONS.includes(name.split('.', 1)[0] ?? '');
}

/** Return the nested sections that the server takes, from values by dotted camelCase names. */
export function serverSections(values: ReadonlyMap<string, unknown>): Record<string, Record<string, unknown>> {
  const sections: Record<string, Record<string, unknown>> = {};
  for (const [name, value] of values) {
    const [section, key] = name.split('.', 2);
    if (section !== undefined && key !== undefined && isServerSetting(name)) {
      (sections[section] ??= {})[snakeCase(key)] = value;
    }
  }
  return sections;
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`);
}
