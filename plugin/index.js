/** Pulumi's language host for Node.js calls what this module exports. */
module.exports = async () => {
  const { main } = await import("../dist/provider/plugin/main.js");
  await main(process.argv.slice(2));
};
