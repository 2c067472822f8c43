/* global SwaggerUIBundle */

// swagger-ui's dark colours hang on a class, not on the reader's preference.
const dark = matchMedia("(prefers-color-scheme: dark)");
const followPreference = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
dark.addEventListener("change", followPreference);
followPreference();

/** Shows a stream as the lines that came: to swagger-ui every type with "json" in it is one JSON value. */
const streamsAsText = {
  wrapComponents: {
    responseBody: (ResponseBody, { React }) => (props) => {
      const contentType = /^application\/x-ndjson\b/.test(props.contentType) ? "text/plain" : props.contentType;
      return React.createElement(ResponseBody, { ...props, contentType });
    },
  },
};

SwaggerUIBundle({
  domNode: document.getElementById("reference"),
  url: new URL("openapi.json", document.baseURI).href,
  // Otherwise a badge of another site is fetched.
  validatorUrl: null,
  plugins: [streamsAsText],
  deepLinking: true,
  tryItOutEnabled: true,
  displayRequestDuration: true,
  defaultModelsExpandDepth: 0,
});
