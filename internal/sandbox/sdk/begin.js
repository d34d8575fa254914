// begin puts the widget on the page and connects it.
const begin = (token, project, fallback) => {
  let connection;
  const { lang, sub } = claimsOf(token);
  const widget = buildWidget(lang ?? fallback, sub, (words) => connection.send(words));
  connection = connect(new URL(script.src).origin, token, project, widget);
};
