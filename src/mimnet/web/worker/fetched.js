// A file of the site, its arrival told piece by piece.

/** Bytes at an address; `count` is told of every piece, in bytes. Throws an Error of one plain line. */
export async function fetched(address, count) {
  const name = address.pathname.split("/").pop();
  const failed = (why) =>
    new Error(`The page's file ${name} did not arrive (${why}); check the connection and reload.`);
  try {
    const answer = await fetch(address);
    if (!answer.ok) throw failed(`status ${answer.status}`);
    const parts = [];
    const reader = answer.body.getReader();
    for (let one = await reader.read(); !one.done; one = await reader.read()) {
      parts.push(one.value);
      count(one.value.length);
    }
    return new Uint8Array(await new Blob(parts).arrayBuffer());
  } catch (error) {
    throw error instanceof TypeError ? failed("no answer") : error;
  }
}
