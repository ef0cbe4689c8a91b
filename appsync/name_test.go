package appsync

import (
	"crypto/md5"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/deltabase/deltabase/conflict"
	"github.com/deltabase/deltabase/schema"
)

func TestNames(t *testing.T) {
	m := &schema.Model{Name: "Person", Plural: "People"}
	for got, want := range map[string]string{
		GetField(m):                               "getPerson",
		ListField(m):                              "listPeople",
		SyncField(m):                              "syncPeople",
		MutationField(m, conflict.Create):         "createPerson",
		MutationField(m, conflict.Delete):         "deletePerson",
		SubscriptionField(m, conflict.Update):     "onUpdatePerson",
		InputType(m, conflict.Update):             "UpdatePersonInput",
		FilterType(m):                             "ModelPersonFilterInput",
		ConditionType(m):                          "ModelPersonConditionInput",
		SubscriptionFilterType(m):                 "ModelSubscriptionPersonFilterInput",
		SyncField(&schema.Model{}):                "sync",
		ListField(&schema.Model{Plural: "todos"}): "listTodos",
	} {
		if got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

// TestLongNamesAreCut is S6: 45 characters and 5 digits of the whole name's MD5.
func TestLongNamesAreCut(t *testing.T) {
	m := &schema.Model{Name: "ModelWithAnExceedinglyLongNameForTesting1", Plural: "X"}
	if got := MutationField(m, conflict.Create); got != "createModelWithAnExceedinglyLongNameForTesting1" {
		t.Errorf("47 characters stay: %s", got)
	}
	m.Name += "23"
	if got := MutationField(m, conflict.Create); got != "create"+m.Name || len(got) != 49 {
		t.Errorf("49 characters stay: %s", got)
	}
	whole := "onCreate" + m.Name
	sum := md5.Sum([]byte(whole))
	if got, want := SubscriptionField(m, conflict.Create), whole[:45]+hex.EncodeToString(sum[:])[:5]; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestMD5(t *testing.T) {
	for n := 0; n < 200; n++ {
		text := strings.Repeat("aBc9_", n)[:n]
		sum := md5.Sum([]byte(text))
		if got := md5Hex(text); got != hex.EncodeToString(sum[:]) {
			t.Fatalf("%d bytes: %s", n, got)
		}
	}
}

func TestSelection(t *testing.T) {
	s, post, comment := blog(t)
	wantText(t, "Post", Selection(s, post), postRow)
	wantText(t, "Comment", Selection(s, comment), commentRow)
}

// TestUndeclaredOwners: an owner that the model does not declare is asked for, once, whatever kind of rule names it.
func TestUndeclaredOwners(t *testing.T) {
	m := &schema.Model{Name: "T", Key: []string{"id"}, Fields: []*schema.Field{
		{Name: "id", Type: schema.Type{Scalar: schema.ID}}, {Name: "writer", Type: schema.Type{Scalar: schema.String}}},
		Auth: []schema.AuthRule{{Allow: "owner", OwnerField: "owner"}, {Allow: "owner", OwnerField: "writer"},
			{Allow: "owner", OwnerField: "owner"}, {Allow: "owner", OwnerField: "editors"}, {Allow: "groups", GroupsField: "groups"}}}
	s := &schema.Schema{Models: []*schema.Model{m}}
	if err := s.Complete(); err != nil {
		t.Fatal(err)
	}
	wantText(t, "T", Selection(s, m), "{id writer owner editors _version _lastChangedAt _deleted}")
	if got := SelectionFields(s, m); got != 7 {
		t.Errorf("%d fields counted", got)
	}
}

func TestSelectionOfEmbeddedTypesEnds(t *testing.T) {
	node := &schema.NonModel{Name: "Node", Fields: []*schema.Field{
		{Name: "next", Type: schema.Type{NonModel: "Node"}}, {Name: "none", Type: schema.Type{NonModel: "Gone"}}}}
	leaf := &schema.NonModel{Name: "Leaf", Fields: []*schema.Field{
		{Name: "v", Type: schema.Type{Scalar: schema.Int}}, {Name: "node", Type: schema.Type{NonModel: "Node"}}}}
	s := &schema.Schema{NonModels: []*schema.NonModel{node, leaf}}
	m := &schema.Model{Name: "T", Key: []string{"id"}, CreatedAt: "made", Fields: []*schema.Field{
		{Name: "id", Type: schema.Type{Scalar: schema.ID}}, {Name: "node", Type: schema.Type{NonModel: "Node"}},
		{Name: "leaf", Type: schema.Type{NonModel: "Leaf"}}}}
	wantText(t, "T", Selection(s, m), "{id leaf{v} made _version _lastChangedAt _deleted}")
}
