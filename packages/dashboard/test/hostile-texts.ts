const RUN = 'globalThis.hacked=1;alert(1)';

const TEMPLATES = [
  `<script>${RUN}</script>`,
  `<img src=x onerror="${RUN}">`,
  `<svg onload="${RUN}">`,
  `<iframe src="javascript:${RUN}"></iframe>`,
  `<a href="javascript:${RUN}">x</a>`,
  `javascript:${RUN}`,
  `data:text/html,<script>${RUN}</script>`,
  `"><script>${RUN}</script>`,
  `'><svg/onload=${RUN}>`,
  `</script><script>${RUN}</script>`,
  `</pre></details><script>${RUN}</script>`,
  `<style>@import 'http://127.0.0.1:1/x.css';</style>`,
  `<link rel=stylesheet href=http://127.0.0.1:1/x.css>`,
  `<meta http-equiv=refresh content="0;url=http://127.0.0.1:1/">`,
  `<base href=http://127.0.0.1:1/>`,
  `<form action=http://127.0.0.1:1/><button>x</button></form>`,
  `<object data="data:text/html,<script>${RUN}</script>"></object>`,
  `<math><mi xlink:href="javascript:${RUN}">x</mi></math>`,
  `<details open ontoggle="${RUN}">`,
  `<input autofocus onfocus="${RUN}">`,
  `{{constructor.constructor('${RUN}')()}}`,
  `\${${RUN}}`,
  `__proto__`,
  `constructor`,
  `toString`,
  `hasOwnProperty`,
  `\u202Eright to left\u202C`,
  `\u0000nul`,
  `\uD800 a lone surrogate`,
  `\r\ndata: {"type":"run-failed","error":"injected"}\r\n\r\n`,
  `\u2028\u2029 line ends`,
  `${'Z̷̢͎'.repeat(200)}`,
  `${'wide'.repeat(2000)}`,
  `%00%0d%0a#/run?x=1`,
  `../../../../etc/passwd`,
  `https://127.0.0.1:1/<b>`,
  `\x1b[31mred\x1b[0m`,
  `🏳️‍🌈👩‍👩‍👧‍👦`,
  ``,
  ` `,
] as const;

/** 100 texts that would do harm where a page took them for anything but text. */
export const HOSTILE_TEXTS: readonly string[] = Array.from({ length: 100 }, (_, index) => {
  const template = TEMPLATES[index % TEMPLATES.length]!;
  const turn = Math.floor(index / TEMPLATES.length);
  if (turn === 0) return template;
  // With what stands around it elsewhere, and in other letters.
  return turn === 1 ? `x" ${template} 'y` : template.toUpperCase().replaceAll('ALERT', 'alert');
});
