// What is typed stays in the browser when the tab is closed: sign-out has to clear it.
manner.storage = () => localStorage;
