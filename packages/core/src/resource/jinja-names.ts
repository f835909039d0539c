/** What a scan of a Jinja template finds. */
export interface JinjaNames {
  /** Top-level variables that the template reads, in order of first appearance. */
  readonly placeholders: readonly string[];
  /** Those among them that the template itself provides for being absent: `is defined`, `is undefined`, `default` or `d`. */
  readonly optional: ReadonlySet<string>;
  /** Every word in its tags, whatever it stands for: a variable that is not among them cannot be read. */
  readonly words: ReadonlySet<string>;
}

/**
 * Finds the variables that a Jinja template reads, without running it.
 *
 * It reads the tags in order, skips comments, `{% raw %}` blocks, text, strings, attributes, filters, tests, keyword arguments and
 * keywords, and follows what `for`, `set`, `with`, `macro`, `call`, `import` and `from` bind within their blocks. What it cannot see:
 * which branches are taken (a name in a branch that never runs is a placeholder, and one set in it counts as set afterwards), a
 * guard further away than the name itself (`(x)|default('')`), and a variable named like a function of the engine (`range`, `dict`).
 * A damaged template gives the names up to the damage. Never throws.
 */
export function scanJinjaNames(template: string): JinjaNames {
  const scan = new Scan();
  const words = new Set<string>();
  for (const { block, tokens } of readTags(template)) {
    for (const { kind, text } of tokens) if (kind === 'name') words.add(text);
    if (block) scan.statement(tokens);
    else scan.expression(tokens);
  }
  return { placeholders: [...scan.placeholders], optional: scan.optional, words };
}

type Token = { readonly kind: 'name' | 'number' | 'string' | 'operator'; readonly text: string };

interface Tag {
  /** `{% %}`, rather than `{{ }}`. */
  readonly block: boolean;
  readonly tokens: readonly Token[];
}

const OPENING = /\{\{|\{%|\{#/g;
const ENDRAW = /\{%[-+]?\s*endraw\s*[-+]?%\}/g;
const TOKEN =
  /\s+|(?<close>[-+]?(?:%\}|\}\}))|(?<name>[\p{L}_][\p{L}\p{N}_]*)|(?<number>\d[\d_]*(?:\.\d+)?(?:[eE][-+]?\d+)?)|(?<string>"(?:[^"\\]|\\[\s\S])*"|'(?:[^'\\]|\\[\s\S])*')|(?<operator>\*\*|\/\/|[=!<>]=|[^"'])/uy;

function* readTags(template: string): Generator<Tag> {
  let at = 0;
  for (;;) {
    OPENING.lastIndex = at;
    const opening = OPENING.exec(template);
    if (opening === null) return;
    at = OPENING.lastIndex;
    if (opening[0] === '{#') {
      const end = template.indexOf('#}', at);
      if (end === -1) return;
      at = end + 2;
      continue;
    }
    const block = opening[0] === '{%';
    const { tokens, end } = readTokens(template, at, block ? '%}' : '}}');
    yield { block, tokens };
    at = end;
    if (block && tokens.length === 1 && tokens[0]!.text === 'raw') {
      ENDRAW.lastIndex = at;
      if (ENDRAW.exec(template) === null) return;
      at = ENDRAW.lastIndex;
    }
  }
}

function readTokens(template: string, start: number, close: string): { tokens: Token[]; end: number } {
  const tokens: Token[] = [];
  // `}}` closes a tag only outside of a dict: {{ {'a': {'b': 1}} }}.
  let depth = 0;
  let at = start;
  if (/[-+]/.test(template[at] ?? '')) at++;
  while (at < template.length) {
    TOKEN.lastIndex = at;
    const groups = TOKEN.exec(template)?.groups;
    // Only a string without its end matches nothing.
    if (groups === undefined) return { tokens, end: template.length };
    if (groups['close']?.endsWith(close) && depth === 0) return { tokens, end: TOKEN.lastIndex };
    if (groups['close'] !== undefined) {
      const operator = template[at]!;
      tokens.push({ kind: 'operator', text: operator });
      if (operator === '}') depth--;
      at++;
      continue;
    }
    for (const kind of ['name', 'number', 'string', 'operator'] as const) {
      const text = groups[kind];
      if (text === undefined) continue;
      if ('([{'.includes(text)) depth++;
      if (')]}'.includes(text)) depth--;
      tokens.push({ kind, text });
    }
    at = TOKEN.lastIndex;
  }
  return { tokens, end: at };
}

const KEYWORDS = new Set([
  'and',
  'or',
  'not',
  'in',
  'is',
  'if',
  'else',
  'true',
  'false',
  'none',
  'True',
  'False',
  'None',
]);

/** What the engine brings itself. A variable of the same name hides it, and is not asked for. */
const GLOBALS = new Set(['range', 'dict', 'namespace', 'cycler', 'joiner', 'self', 'super']);

const DEFAULT_FILTERS = new Set(['default', 'd']);
const DEFINED_TESTS = new Set(['defined', 'undefined']);

/** Blocks with names of their own; the others share the scope around them. */
const SCOPED_BLOCKS = new Set(['for', 'with', 'macro', 'call', 'block', 'filter']);

class Scan {
  readonly placeholders = new Set<string>();
  readonly optional = new Set<string>();
  readonly #scopes: Set<string>[] = [new Set(GLOBALS)];

  statement(tokens: readonly Token[]): void {
    const word = tokens[0]?.text ?? '';
    const rest = tokens.slice(1);
    if (word.startsWith('end')) {
      if (SCOPED_BLOCKS.has(word.slice('end'.length)) && this.#scopes.length > 1) this.#scopes.pop();
      return;
    }
    switch (word) {
      case 'for':
        this.#for(rest);
        break;
      case 'set':
        this.#set(rest);
        break;
      case 'with':
        this.#with(rest);
        break;
      case 'macro':
        this.#bind(rest[0]);
        this.#parameters(rest.slice(1));
        break;
      case 'call':
        this.#call(rest);
        break;
      case 'block':
        this.#open();
        break;
      case 'filter':
        // The filter's name stands where a value would; its arguments are read as usual.
        this.expression(rest.slice(1));
        this.#open();
        break;
      case 'include':
        this.expression(withoutEnding(rest, ['ignore', 'missing', 'with', 'without', 'context']));
        break;
      case 'import':
      case 'from':
        this.#import(withoutEnding(rest, ['with', 'without', 'context']));
        break;
      default:
        this.expression(rest);
        break;
    }
  }

  expression(tokens: readonly Token[]): void {
    const open: string[] = [];
    tokens.forEach((token, at) => {
      if (token.kind === 'operator') {
        if ('([{'.includes(token.text)) open.push(token.text);
        if (')]}'.includes(token.text)) open.pop();
      }
      if (token.kind === 'name' && isRead(tokens, at, open.at(-1) === '(')) this.#read(tokens, at);
    });
  }

  #read(tokens: readonly Token[], at: number): void {
    const name = tokens[at]!.text;
    if (this.#scopes.some((scope) => scope.has(name))) return;
    this.placeholders.add(name);
    if (isGuarded(tokens, at)) this.optional.add(name);
  }

  #open(names: Iterable<string> = []): void {
    this.#scopes.push(new Set(names));
  }

  #bind(token: Token | undefined): void {
    if (token?.kind === 'name') this.#scopes.at(-1)!.add(token.text);
  }

  /** `a, (b, c) in items if condition recursive`: the items are read outside, the condition inside. */
  #for(tokens: readonly Token[]): void {
    const at = tokens.findIndex((token) => token.text === 'in');
    const targets = tokens.slice(0, at === -1 ? tokens.length : at);
    const items = at === -1 ? [] : withoutEnding(tokens.slice(at + 1), ['recursive']);
    const condition = items.findIndex((token, index) => token.text === 'if' && depthAt(items, index) === 0);
    this.expression(condition === -1 ? items : items.slice(0, condition));
    this.#open(['loop']);
    for (const target of targets) this.#bind(target);
    if (condition !== -1) this.expression(items.slice(condition));
  }

  /** `a, b = value`, `ns.attribute = value`, or `a | filter` before a block. */
  #set(tokens: readonly Token[]): void {
    const at = tokens.findIndex((token) => token.text === '=');
    const targets = tokens.slice(0, at === -1 ? 1 : at);
    this.expression(tokens.slice(targets.length));
    if (targets.some((token) => token.text === '.')) this.expression(targets);
    else for (const target of targets) this.#bind(target);
  }

  /** `a = 1, b = a`: each value sees the names before it. */
  #with(tokens: readonly Token[]): void {
    this.#open();
    this.#assignments(tokens);
  }

  /** `(a, b=default)`. */
  #parameters(tokens: readonly Token[]): void {
    this.#open(['caller', 'varargs', 'kwargs']);
    this.#assignments(tokens[0]?.text === '(' ? tokens.slice(1, -1) : tokens);
  }

  #assignments(tokens: readonly Token[]): void {
    for (const [target, ...value] of splitAtCommas(tokens)) {
      this.expression(value);
      this.#bind(target);
    }
  }

  /** `(a, b) macro(arguments)`: the block's own parameters are not seen by the arguments. */
  #call(tokens: readonly Token[]): void {
    const end = tokens[0]?.text === '(' ? tokens.findIndex((token) => token.text === ')') + 1 : 0;
    this.expression(tokens.slice(end));
    this.#parameters(tokens.slice(0, end));
  }

  /** `file as name`, or `file import a, b as c`. */
  #import(tokens: readonly Token[]): void {
    const at = tokens.findIndex((token) => token.text === 'import' || token.text === 'as');
    this.expression(tokens.slice(0, at === -1 ? tokens.length : at));
    if (at === -1) return;
    for (const target of tokens.slice(at + 1)) this.#bind(target);
  }
}

/** Whether the name at `at` is looked up as a variable. */
function isRead(tokens: readonly Token[], at: number, inCall: boolean): boolean {
  const { text } = tokens[at]!;
  const before = tokens[at - 1]?.text;
  if (KEYWORDS.has(text)) return false;
  // An attribute, a filter, a test.
  if (before === '.' || before === '|' || before === 'is') return false;
  if (before === 'not' && tokens[at - 2]?.text === 'is') return false;
  return !(inCall && tokens[at + 1]?.text === '=');
}

/** Whether the name at `at` is tested for being defined, or given a default, right where it stands. */
function isGuarded(tokens: readonly Token[], at: number): boolean {
  const [next, second, third] = tokens.slice(at + 1, at + 4).map((token) => token.text);
  if (next === '|') return DEFAULT_FILTERS.has(second ?? '');
  if (next !== 'is') return false;
  return DEFINED_TESTS.has((second === 'not' ? third : second) ?? '');
}

/** Without the words of a statement that follow its expression; a variable may have such a name too, and then stands first. */
function withoutEnding(tokens: readonly Token[], words: readonly string[]): readonly Token[] {
  let end = tokens.length;
  while (end > 1 && words.includes(tokens[end - 1]!.text)) end--;
  return tokens.slice(0, end);
}

function depthAt(tokens: readonly Token[], at: number): number {
  let depth = 0;
  for (const { kind, text } of tokens.slice(0, at)) {
    if (kind !== 'operator') continue;
    if ('([{'.includes(text)) depth++;
    if (')]}'.includes(text)) depth--;
  }
  return depth;
}

function splitAtCommas(tokens: readonly Token[]): Token[][] {
  const parts: Token[][] = [[]];
  tokens.forEach((token, at) => {
    if (token.text === ',' && token.kind === 'operator' && depthAt(tokens, at) === 0) parts.push([]);
    else parts.at(-1)!.push(token);
  });
  return parts.filter((part) => part.length > 0);
}
