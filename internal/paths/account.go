package paths

// The pages and actions of one's own account.
const (
	Account                      = "/account"
	AccountPassword              = "/account/password"
	AccountProfile               = "/account/profile"
	AccountPreferences           = "/account/preferences"
	AccountSessions              = "/account/sessions"
	AccountData                  = "/account/data"
	AccountMail                  = "/account/mail"
	SecondFactor                 = "/account/second-factor"
	SecondFactorConfirm          = "/account/second-factor/confirm"
	SecondFactorRecovery         = "/account/second-factor/recovery-codes"
	SecondFactorRemove           = "/account/second-factor/remove"
	AccountSession       Pattern = AccountSessions + "/{id}"
)
