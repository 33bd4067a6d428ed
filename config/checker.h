/// Checks a document, or a component's options, against schemas, and says all that is wrong at
/// once.
///
/// The checker looks at a component's `type` first and then at that type's schema only, so one typo
/// gives one message. On its way it records which named component refers to which.
/// Thread: confined.  Ownership: borrows everything; the document outlives it.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "config/catalog.h"
#include "config/diagnostics.h"
#include "config/node.h"
#include "config/schema.h"

namespace loam::config {

/// A use of "@name".
struct Reference {
  std::string kind;
  std::string from;  // the named component of that use, "kind/name"; empty: used by the store
  std::string to;    // name
  Span where;
  std::string pointer;
};

/// What is the same for every value below one component or section.
struct Subject {
  std::string text;      // `filter "bloom"`; empty: the core's own options
  std::string describe;  // "filter:bloom", for `loam plugin describe`
};

class Checker {
 public:
  /// `components` is the document's section of that name, or null. `tolerant`: a codec, filter or
  /// compaction filter without a plugin is a warning, not an error.
  Checker(Catalog& catalog, const Node* components, bool tolerant, Diagnostics* diagnostics);

  /// A secret may stand in the document itself, not in what a store remembers.
  void allow_literal_secrets() { allows_literals_ = true; }

  /// The whole document against the core's schema, components included.
  void check_document(const Node& root, const Schema& schema);

  [[nodiscard]] const std::vector<Reference>& references() const { return references_; }
  /// Where secrets stand as plain text and may.
  [[nodiscard]] const std::vector<Span>& literals() const { return literals_; }
  /// Components whose plugin cannot be found, "kind name"; each is reported as an error as well.
  [[nodiscard]] const std::vector<std::string>& missing() const { return missing_; }

 private:
  void check(const Node& node, const Schema& schema, const std::string& pointer,
             const Subject& subject);
  void check_object(const Node& node, const Schema& schema, const std::string& pointer,
                    const Subject& subject);
  void check_member(const Member& member, const Schema& schema, const std::string& pointer,
                    const Subject& subject);
  void check_map(const Node& node, const Schema& schema, const std::string& pointer,
                 const Subject& subject);
  void check_array(const Node& node, const Schema& schema, const std::string& pointer,
                   const Subject& subject);
  void check_integer(const Node& node, const Schema& schema, const std::string& pointer);
  void check_quantity(const Node& node, const Schema& schema, const std::string& pointer);
  void check_text(const Node& node, const Schema& schema, const std::string& pointer);
  void check_range(const Node& value, const Node& node, const Schema& schema,
                   const std::string& pointer);
  void check_component(const Node& node, const Schema& schema, const std::string& pointer);
  void check_inline(const Node& node, const Schema& schema, const std::string& pointer);
  void check_reference(const Node& node, const std::string& kind, const std::string& pointer);
  /// The schema of a component that exists, else null after reporting.
  const Schema* check_type(const Node& type, const std::string& kind, const std::string& pointer);
  /// What a component that nobody knows may have been meant to be; may be empty.
  std::string component_hint(const Node& type, const std::string& kind);
  void report_missing(const Node& type, const std::string& kind, const std::string& pointer,
                      Finding finding);
  void unknown_option(const Member& member, const Schema& schema, const std::string& pointer,
                      const Subject& subject);
  /// Where an option of that name does stand: in another component of the kind, or another section.
  std::string elsewhere(const std::string& key, const Subject& subject);
  bool refuse_secret(const Node& node, const std::string& pointer);
  void check_secret(const Member& member, const std::string& pointer);
  /// A secret as plain text: noted where it is allowed, else refused.
  void check_literal(const Member& member, const std::string& pointer);
  void wrong_type(const Node& node, std::string_view wanted, const std::string& pointer,
                  std::string hint = {}, std::string note = {});
  void error(const Node& node, const std::string& pointer, Finding finding) {
    diagnostics_->error(node.span, pointer, std::move(finding));
  }

  Catalog& catalog_;
  const Node* components_;
  std::set<std::string, std::less<>> named_;  // "kind/name"
  bool tolerant_;
  bool allows_literals_ = false;
  Diagnostics* diagnostics_;
  std::string inside_;  // the named component being checked, "kind/name"
  std::vector<Reference> references_;
  std::vector<std::string> missing_;
  std::vector<Span> literals_;
};

/// `a codec`, `a file system`: the kind in words.
std::string kind_words(std::string_view kind);

}  // namespace loam::config
