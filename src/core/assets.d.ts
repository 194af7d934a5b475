declare module '*.toml' {
  const text: string;
  // biome-ignore lint/style/noDefaultExport: the shape that bundlers give a text asset
  export default text;
}
