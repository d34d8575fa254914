// The styles come late, in a script of their own: script-src has to allow the vendor's origin
// beside the nonce.
manner.dress = async (root) => (await import(own("chunk.js"))).dress(root);
manner.launch = (start) => setTimeout(start, 500);
