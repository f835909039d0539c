/** What a rendered request says about the meeting. A placeholder lost from the prompt is a fact the agent does not have. */
export interface RequestFacts {
  /** `YYYY-MM-DD` */
  readonly date: string | undefined;
  /** `HH:MM` */
  readonly time: string | undefined;
  readonly durationMin: number | undefined;
  readonly attendees: number | undefined;
  readonly accessibleRequired: boolean | undefined;
  /** The text itself, lower case: equipment is looked up in it by the names that the tool's answer uses. */
  readonly text: string;
}

/** Reads the facts out of the text of the instructions, however they are worded around the values. */
export function readRequestFacts(instructions: string): RequestFacts {
  const text = instructions.toLowerCase();
  const accessible = /accessib\w*(?:[ _]\w+){0,2}\s*(?:\?|[:=]|is)\s*"?(true|yes|required|false|no|none)\b/.exec(
    text,
  )?.[1];
  return {
    date: /\b\d{4}-\d{2}-\d{2}\b/.exec(text)?.[0],
    time: /\b(?:[01]\d|2[0-3]):[0-5]\d\b/.exec(text)?.[0],
    durationMin: numberIn(text, /\b(\d+)[ -]?(?:min\b|mins\b|minutes?\b)/, /\bduration[^\d\n]{0,20}(\d+)/),
    attendees: numberIn(
      text,
      /\b(\d+)\s*(?:attendees?|people|persons?|participants?|guests?|seats?)\b/,
      /\b(?:attendees?|people|persons?|participants?|group size|headcount)\s*[:=]?\s*(\d+)/,
    ),
    accessibleRequired: accessible === undefined ? undefined : ['true', 'yes', 'required'].includes(accessible),
    text,
  };
}

function numberIn(text: string, ...patterns: readonly RegExp[]): number | undefined {
  for (const pattern of patterns) {
    const found = pattern.exec(text)?.[1];
    if (found !== undefined) return Number(found);
  }
  return undefined;
}
