package identity

import (
	"errors"
	"fmt"
	"strings"
)

// Realm is how an issuer is named in owners and groups that are bound to it: its address without the
// scheme. A colon, which ends a realm there, is written %3A.
func Realm(issuer string) string {
	_, name, found := strings.Cut(issuer, "://")
	if !found {
		name = issuer
	}
	return strings.ReplaceAll(strings.TrimSuffix(name, "/"), ":", "%3A")
}

// bindRealms decides whose owners are stored as AppSync stores them. With one issuer they are its own. Of
// several it is the one that says so, else the only user pool; all others are bound to their issuer,
// because the same subject elsewhere is somebody else.
func bindRealms(issuers []*issuer) error {
	var plain, pools []*issuer
	names := map[string]string{}
	for _, one := range issuers {
		one.realm = Realm(one.URL)
		if other := names[one.realm]; other != "" {
			return fmt.Errorf("the issuers %s and %s differ by the scheme or a slash only; their owners could not be told apart", other, one.URL)
		}
		names[one.realm] = one.URL
		if one.PlainOwners {
			plain = append(plain, one)
		}
		if one.Provider == UserPools {
			pools = append(pools, one)
		}
	}
	switch {
	case len(plain) > 1:
		return errors.New("plainOwners is true for two issuers; at most one issuer's owners are stored without its name")
	case len(plain) == 1:
		plain[0].realm = ""
	case len(issuers) == 1:
		issuers[0].realm = ""
	case len(pools) == 1:
		pools[0].realm = ""
	}
	return nil
}
