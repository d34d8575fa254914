<?php
// An intranet with Caramelo's assistant, in PHP. ../README.md says how to start it.
declare(strict_types=1);

ini_set('display_errors', '0');
set_exception_handler(function (Throwable $err): void {
    error_log((string) $err);
    show_error(500, 'Something went wrong');
});

$config = [
    'api' => getenv('CARAMELO_API_URL') ?: 'https://api.carameloai.com',
    'sdk' => getenv('CARAMELO_SDK_URL') ?: 'https://static.carameloai.com/sdk/latest/authenticated.js',
    'origins' => getenv('CARAMELO_ORIGINS') ?: 'https://*.carameloai.com wss://*.carameloai.com',
    'project' => getenv('CARAMELO_PROJECT_ID') ?: throw new Exception('Set CARAMELO_PROJECT_ID.'),
    'secret' => getenv('CARAMELO_SECRET_TOKEN') ?: throw new Exception('Set CARAMELO_SECRET_TOKEN.'),
];

// In place of your own people and their passwords. One has a name that breaks a page which does not escape it.
const PASSWORD = 'demo';
const PEOPLE = [
    'ana' => ['id' => 7, 'name' => 'Ana Souza', 'email' => 'ana@example.com', 'lang' => 'pt'],
    'bo' => ['id' => 8, 'name' => 'Bo Larsen', 'email' => 'bo@example.com', 'lang' => 'en'],
    'zoe' => ['id' => 9, 'name' => 'Zoe <b>"O\'Neil"</b></script>', 'email' => 'zoe@example.com', 'lang' => 'es'],
];

// ---- The call ----

// Returns null where there is no token, and never throws: the page is whole without a chat.
function fetch_token(array $config, array $person): ?string
{
    $body = '';
    $call = curl_init("$config[api]/api/chatbox/project/" . rawurlencode($config['project']) . '/intranet-auth');
    curl_setopt_array($call, [
        CURLOPT_POSTFIELDS => json_encode([
            'secret_token' => $config['secret'],
            'external_customer_id' => (string) $person['id'],
            'name' => $person['name'],
            'email' => $person['email'],
            'lang' => $person['lang'],
        ]),
        CURLOPT_HTTPHEADER => ['Content-Type: application/json'],
        CURLOPT_TIMEOUT_MS => 3000, // for everything, the body too
        CURLOPT_FOLLOWLOCATION => false, // it would take the secret along
        CURLOPT_WRITEFUNCTION => function ($call, string $chunk) use (&$body): int {
            $body .= $chunk;
            return strlen($body) > 64 * 1024 ? 0 : strlen($chunk); // 0 ends the call
        },
    ]);
    $complete = curl_exec($call);
    $status = curl_getinfo($call, CURLINFO_RESPONSE_CODE);
    $token = $complete && $status === 200 ? json_decode($body, true)['real_time_access_token'] ?? null : null;
    if (is_string($token) && trim($token) !== '') {
        return $token;
    }
    // Never the answer: it may hold the secret.
    error_log("No chat: status $status, " . curl_strerror(curl_errno($call)));
    return null;
}

// ---- The pages ----

const STRICT_POLICY = "default-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

// What a widget needs, and inline scripts by nonce alone.
function chat_policy(string $nonce, string $origins): string
{
    return STRICT_POLICY . "; script-src 'nonce-$nonce' $origins; style-src 'self' 'unsafe-inline' $origins" .
        "; img-src 'self' data: blob: $origins; font-src 'self' data: $origins; connect-src 'self' $origins" .
        "; media-src data: blob: $origins; frame-src $origins; worker-src blob: $origins";
}

function h(string $text): string
{
    return htmlspecialchars($text, ENT_QUOTES | ENT_SUBSTITUTE, 'UTF-8');
}

function top(string $title): void
{ ?>
<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title><?= h($title) ?></title></head>
<body>
<?php }

function csrf_field(): void
{ ?>
<input type="hidden" name="csrf" value="<?= h($_SESSION['csrf']) ?>">
<?php }

function show_error(int $status, string $text): void
{
    http_response_code($status);
    top('Error'); ?>
<main><h1><?= h($text) ?></h1><p><a href="/">Home</a></p></main>
</body>
</html>
<?php }

function show_login(string $message = ''): void
{
    top('Sign in'); ?>
<main>
<h1>Sign in</h1>
<p>A demo: ana, bo or zoe, with the password <?= h(PASSWORD) ?>.</p>
<p role="alert"><?= h($message) ?></p>
<form method="post" action="/login">
<?php csrf_field() ?>
<p><label>Name <input name="user" autocomplete="username" required></label></p>
<p><label>Password <input type="password" name="password" autocomplete="current-password" required></label></p>
<button>Sign in</button>
</form>
</main>
</body>
</html>
<?php }

function show_home(array $config, array $person): void
{
    $nonce = bin2hex(random_bytes(16));
    header('Content-Security-Policy: ' . chat_policy($nonce, $config['origins']));
    header('X-Accel-Buffering: no');
    if ($_SERVER['REQUEST_METHOD'] === 'HEAD') {
        return;
    }
    top('Home'); ?>
<main>
<h1>Welcome, <?= h($person['name']) ?></h1>
<p>The canteen has soup and bread today.</p>
<form method="post" action="/logout"><?php csrf_field() ?><button>Sign out</button></form>
</main>
<script nonce="<?= $nonce ?>">
// A page from the back/forward cache has a used token, perhaps of another person.
addEventListener("pagehide", (event) => { document.documentElement.hidden = event.persisted; });
addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
</script>
<?php
    session_write_close(); // or this person's next page waits for the call of this one
    while (ob_get_level() > 0) {
        ob_end_flush();
    }
    flush(); // the page is on its way, up to the tail: now the call
    $token = fetch_token($config, $person);
    if ($token !== null) {
        $chat = ['secure_connection_token' => $token, 'project_id' => $config['project']]; ?>
<script nonce="<?= $nonce ?>">var carameloaiChatbot = <?= json_encode($chat, JSON_HEX_TAG) ?>;</script>
<script nonce="<?= $nonce ?>" src="<?= h($config['sdk']) ?>"></script>
<?php } else { ?>
<p role="status">The chat is not available. Write to <a href="mailto:help@example.com">help@example.com</a>.</p>
<?php } ?>
</body>
</html>
<?php }

// ---- The app ----

function redirect(string $path, int $status = 302): never
{
    header("Location: $path", true, $status);
    exit;
}

header('Content-Security-Policy: ' . STRICT_POLICY);
session_cache_limiter('');
header('Cache-Control: no-store');
session_start([
    'use_strict_mode' => true, 'cookie_httponly' => true, 'cookie_samesite' => 'Lax',
    'cookie_secure' => ($_SERVER['HTTPS'] ?? 'off') !== 'off',
]);
$_SESSION['csrf'] ??= bin2hex(random_bytes(16));
$person = PEOPLE[$_SESSION['user'] ?? ''] ?? null;
$method = $_SERVER['REQUEST_METHOD'];
$ahead = ($_SERVER['HTTP_SEC_PURPOSE'] ?? '') . ($_SERVER['HTTP_PURPOSE'] ?? '');

if ($method === 'POST' && !hash_equals($_SESSION['csrf'], (string) ($_POST['csrf'] ?? ''))) {
    show_error(403, 'This form is too old, or came from another site');
    exit;
}
switch (($method === 'HEAD' ? 'GET' : $method) . ' ' . parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH)) {
    case 'GET /login':
        $person ? redirect('/') : show_login();
        break;
    case 'POST /login':
        $user = (string) ($_POST['user'] ?? '');
        if (!isset(PEOPLE[$user]) || ($_POST['password'] ?? '') !== PASSWORD) {
            http_response_code(422);
            show_login('The name or the password is wrong.');
            break;
        }
        session_regenerate_id(true); // nobody can have planted the new id
        $_SESSION = ['user' => $user, 'csrf' => bin2hex(random_bytes(16))];
        redirect('/', 303);
    case 'POST /logout':
        session_destroy();
        header('Clear-Site-Data: "storage"');
        redirect('/login', 303);
    case 'GET /':
        if (!$person) {
            redirect('/login');
        }
        if (preg_match('/prefetch|prerender/', $ahead)) {
            http_response_code(503); // browsers ask again when somebody wants the page
            break;
        }
        show_home($config, $person);
        break;
    default:
        show_error(404, 'There is no such page');
}
