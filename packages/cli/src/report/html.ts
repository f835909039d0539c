import { visibleText } from '@agentlightning/trainer/runs';

/** Markup that is fit for a page: only {@link html} makes it, and it escapes whatever is put into it. */
export class Html {
  readonly #markup: string;

  constructor(markup: string) {
    this.#markup = markup;
  }

  /** The markup. */
  toString(): string {
    return this.#markup;
  }
}

/** What may be put into {@link html}: text and numbers are escaped, lists are put one after the other, and nothing is made of `null` and `undefined`. */
export type HtmlPart = Html | string | number | null | undefined | readonly HtmlPart[];

/** Markup with escaped values in it, in text and in quoted attributes alike. */
export function html(strings: TemplateStringsArray, ...values: readonly HtmlPart[]): Html {
  return new Html(strings.map((text, index) => text + markupOf(values[index])).join(''));
}

function markupOf(value: HtmlPart): string {
  if (value === null || value === undefined) return '';
  if (value instanceof Html) return value.toString();
  if (typeof value === 'object') return value.map(markupOf).join('');
  return visibleText(String(value)).replace(/[&<>"'`]/g, (character) => `&#${character.charCodeAt(0)};`);
}
