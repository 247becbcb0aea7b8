// How the site's workers are started.

/** A worker that comes from a blob is under the page's own policy, also where the host sends none. */
export function startWorker(address) {
  const code = `import ${JSON.stringify(address.href)};`;
  return new Worker(URL.createObjectURL(new Blob([code], { type: "text/javascript" })), { type: "module" });
}
