/** Placeholders of f-string and jinja templates. */
export const placeholder = /\{\{\s*[\w.]+\s*\}\}|\{[\w.]+\}/g;
