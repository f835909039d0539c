const RUN = "document.documentElement.dataset.hacked='yes'";

/**
 * 100 texts that would do harm where a page or Markdown took them for anything but text.
 * @param url - that must not be asked for
 */
export function hostileTexts(url: string): readonly string[] {
  const texts = [
    `<script>${RUN}</script>`,
    `<script src="${url}/x.js"></script>`,
    `</title><script>${RUN}</script>`,
    `</style><script>${RUN}</script>`,
    `</svg><script>${RUN}</script>`,
    `</pre></details></section><script>${RUN}</script>`,
    `"><img src="${url}/x.png" onerror="${RUN}">`,
    `' onmouseover='${RUN}' x='`,
    `" autofocus onfocus="${RUN}`,
    `<svg onload="${RUN}">`,
    `<svg><use href="${url}/x.svg#a"/></svg>`,
    `<iframe src="${url}/x.html"></iframe>`,
    `<object data="${url}/x"></object>`,
    `<embed src="${url}/x">`,
    `<link rel="stylesheet" href="${url}/x.css">`,
    `<style>@import "${url}/x.css"; * { background: url(${url}/x.png) }</style>`,
    `<meta http-equiv="refresh" content="0;url=${url}/x">`,
    `<base href="${url}/">`,
    `<form action="${url}/x"><input autofocus onfocus="${RUN}"></form>`,
    `<a href="javascript:${RUN}">x</a>`,
    `<details open ontoggle="${RUN}">x</details>`,
    `<video src="${url}/x.mp4" onerror="${RUN}"></video>`,
    `<!-- --><script>${RUN}</script><!--`,
    `<![CDATA[<script>${RUN}</script>]]>`,
    `<plaintext>`,
    `<xmp><script>${RUN}</script></xmp>`,
    `<template><script>${RUN}</script></template>`,
    `&lt;script&gt;${RUN}&lt;/script&gt;`,
    `&#60;script&#62;${RUN}&#60;/script&#62;`,
    '``` \n</code></pre><b>out of the fence</b>\n```',
    '`````` and ``one`` and `two',
    `![x](${url}/x.png)`,
    `[x](${url}/x) ${url}/x www.example.com`,
    '| a | b |\n| --- | --- |\n| 1 | 2 |',
    '@everybody #1 GH-1 a_b_ *c* **d** ~~e~~ $f$',
    '# heading\n\n> quote\n\n- [ ] item\n\n---',
    '\x1b[2J\x1b]0;title\x07\x9b31m',
    'nul \0 and half a pair \ud800 and \u202egnirts\u202c',
    '__proto__',
    'Z̷̢͎'.repeat(200),
    'wide'.repeat(2000),
    '漢字 👩‍👩‍👧‍👦 é',
    '',
    ' \n ',
  ];
  return Array.from({ length: 100 }, (_, index) => {
    const text = texts[index % texts.length]!;
    const turn = Math.floor(index / texts.length);
    return turn === 0 ? text : turn === 1 ? `x" ${text} 'y` : `{a}${text.toUpperCase()}{{b}}`;
  });
}
