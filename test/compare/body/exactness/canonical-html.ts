import type { Browser, Page } from "playwright-core";

/**
 * Defines `canonicalHtml(text)` in a page: the document that Chromium's parser builds, with attributes in order of their names,
 * comments apart, and of each run of whitespace what Chromium's layout shows of it. What is hidden is laid out as if it were a
 * block. A string, because the tests are compiled without the types of a browser.
 */
const SCRIPT = `
  // Their text counts as it is.
  const RAW = new Set(["script", "style", "textarea", "iframe", "noembed", "noframes"]);
  // Their content is shown only by a browser that does not know them.
  const FALLBACK = new Set(["audio", "canvas", "meter", "progress", "video"]);

  // Marks what is open only for its layout.
  const OPENED = "opened-here";

  function layOutHidden(root, boxes, host) {
    const elements = [...root.querySelectorAll("*")];
    for (const details of root.querySelectorAll("details:not([open])")) {
      details.setAttribute(OPENED, "");
      details.open = true;
    }
    const hidden = elements.filter((element) => {
      if (RAW.has(element.localName) || element.localName === "option") return false;
      const { localName } = element;
      return localName === "template" || FALLBACK.has(localName) || getComputedStyle(element).display === "none";
    });
    for (const element of hidden) {
      const box = document.createElement("div");
      box.style.whiteSpace = getComputedStyle(element).whiteSpace;
      const isTemplate = element.localName === "template" && element.content;
      box.append(...(isTemplate ? element.content : element).childNodes);
      boxes.set(element, box);
      host.append(box);
      if (isTemplate) layOutHidden(box, boxes, host);
    }
  }

  function form(element, boxes) {
    const { namespaceURI, localName, attributes } = element;
    const content = [];
    const comments = [];
    for (const child of (boxes.get(element) ?? element).childNodes) {
      if (child.nodeType === Node.COMMENT_NODE) comments.push(child.data);
      else if (child.nodeType === Node.ELEMENT_NODE) content.push(form(child, boxes));
      else {
        const text = visibleText(child, element);
        if (typeof content.at(-1) === "string") content.push(content.pop() + text);
        else if (text !== "") content.push(text);
      }
    }
    const isOption = localName === "option" && content.every((part) => typeof part === "string");
    return [
      namespaceURI,
      localName,
      [...attributes].filter(({ name }) => name !== OPENED && (name !== "open" || !element.hasAttribute(OPENED)))
        .map(({ name, value }) => [name, value]).sort(([a], [b]) => (a < b ? -1 : 1)),
      isOption ? [element.text].filter((text) => !/^ *$/.test(text)) : content,
      comments,
    ];
  }

  const range = document.createRange();

  function visibleText(node, parent) {
    const { data } = node;
    // Chromium draws the options itself.
    if (parent.localName === "select") return data.replaceAll(/[ \\t\\n\\f\\r]+/g, "");
    const style = getComputedStyle(node.parentElement);
    if (RAW.has(parent.localName) || style.whiteSpaceCollapse !== "collapse") return data;
    return data.replaceAll(/[ \\t\\n\\f\\r]+/g, (run, start) => {
      range.setStart(node, start);
      range.setEnd(node, start + run.length);
      return [...range.getClientRects()].some(({ width }) => width > 0) ? " " : "";
    });
  }

  function addDocument(text) {
    const parsed = new DOMParser().parseFromString(text, "text/html");
    const { doctype } = parsed;
    const comments = [...parsed.childNodes].filter(({ nodeType }) => nodeType === Node.COMMENT_NODE);
    const host = document.createElement("div");
    host.style.width = "100000px";
    const root = document.adoptNode(parsed.documentElement);
    host.append(root);
    document.body.append(host);
    const head = [doctype && [doctype.name, doctype.publicId, doctype.systemId], comments.map(({ data }) => data)];
    return { host, root, head, boxes: new Map() };
  }

  globalThis.canonicalHtml = (texts) => {
    document.body.replaceChildren();
    const documents = texts.map(addDocument);
    for (const { root, boxes, host } of documents) layOutHidden(root, boxes, host);
    return documents.map(({ head, root, boxes }) => JSON.stringify([...head, form(root, boxes)]));
  };
`;

interface Canonical {
  readonly canonicalHtml: (texts: readonly string[]) => readonly string[];
}

/** @returns a function for the canonical form of a document, see above. Documents of one turn are laid out together */
export async function openCanonicalPage(browser: Browser): Promise<(text: string) => Promise<string>> {
  const page: Page = await browser.newPage();
  await page.setContent("<!doctype html><style>head, title { display: block }</style><body></body>");
  await page.evaluate(SCRIPT);
  const read = (texts: readonly string[]): Promise<readonly string[]> =>
    page.evaluate((all) => (globalThis as unknown as Canonical).canonicalHtml(all), texts);
  let texts: string[] = [];
  let forms: Promise<readonly string[]> | undefined;
  return async (text) => {
    const at = texts.push(text) - 1;
    forms ??= Promise.resolve().then(() => {
      const all = texts;
      [texts, forms] = [[], undefined];
      return read(all);
    });
    return (await forms)[at] as string;
  };
}
