// Making elements, and bringing a live tree to the state of a new one without losing focus.

const SVG = 'http://www.w3.org/2000/svg';

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith('on')) element[name] = value;
    else element.setAttribute(name, value === true ? '' : String(value));
  }
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false || child === '') continue;
    element.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
  return element;
}

/** h('p', {class: 'note'}, 'text', otherElement): text is never read as HTML. */
export function h(tag, attributes, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

/** The same for SVG. */
export function svg(tag, attributes, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

const HANDLERS = ['onclick', 'onchange', 'onkeydown', 'onpointermove', 'onpointerleave', 'onblur', 'ontoggle'];

function patchElement(before, after) {
  for (const { name } of [...before.attributes]) {
    // What the reader opened stays open.
    if (!after.hasAttribute(name) && name !== 'open') before.removeAttribute(name);
  }
  for (const { name, value } of after.attributes) {
    if (before.getAttribute(name) !== value) before.setAttribute(name, value);
  }
  for (const name of HANDLERS) {
    if (before[name] !== after[name]) before[name] = after[name];
  }
  patchChildren(before, [...after.childNodes]);
}

function patchChildren(parent, wanted) {
  const now = [...parent.childNodes];
  wanted.forEach((node, i) => {
    const old = now[i];
    if (!old) parent.append(node);
    else if (old.nodeType !== node.nodeType || old.nodeName !== node.nodeName) old.replaceWith(node);
    else if (node.nodeType === Node.TEXT_NODE) {
      if (old.data !== node.data) old.data = node.data;
    } else patchElement(old, node);
  });
  now.slice(wanted.length).forEach((node) => node.remove());
}

/** Makes the children of `parent` equal to `children`, keeping the elements that fit. */
export function show(parent, ...children) {
  const holder = h('div', {}, ...children);
  patchChildren(parent, [...holder.childNodes]);
}
