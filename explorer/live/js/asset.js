/** The component without a picture: it unpacks what Python sent and puts it on the page's shelf. */
import { provide } from "./assets.js";
import { unpack } from "./pack.js";
import { Network } from "./network.js";

export class Asset {
  constructor() {
    this.name = null;
    this.takeDown = () => {};
  }

  update({ data }) {
    const { meta, arrays } = unpack(data);
    if (meta.asset === this.name) return;
    this.destroy();
    this.name = meta.asset;
    if (meta.mime) this.decode(meta, arrays.image);
    else if (meta.layers) this.takeDown = provide(meta.asset, network(meta, arrays));
    else this.takeDown = provide(meta.asset, { ...meta, ...arrays });
  }

  async decode(meta, bytes) {
    const picture = await createImageBitmap(new Blob([bytes], { type: meta.mime })).catch(
      () => new Error("The pictures for this map cannot be decoded. Reload the page."),
    );
    if (this.name === meta.asset) this.takeDown = provide(meta.asset, picture);
  }

  destroy() {
    this.takeDown();
    this.name = null;
  }
}

/** @returns {Network | Error} */
function network(meta, arrays) {
  try {
    return new Network(meta, arrays);
  } catch (error) {
    return error;
  }
}
