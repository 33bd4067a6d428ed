// Every option that there is, each mistake that its declaration allows, one error at the right
// place.
//
// The options are read off the declarations: the core's table and the schemas of all plugins. A new
// option is tried without a change here. Each is written into a document of random layout
// (LOAM_SEED), at every place where it may stand: in a section, in a component under /components,
// in one that the store uses in place, within another component, over one that it extends, and in
// the entries of a component's list.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>

#include "config/catalog.h"
#include "config/core_options.h"
#include "config/document_writer.h"
#include "config/stack_data.h"
#include "core/plugin/trust.h"
#include "loam/config/stack.h"

namespace loam::config {
namespace {

using Shape = Schema::Shape;
using Path = std::vector<std::string>;  // "0" stands for the first entry of an array

/// An option at one place.
struct Spot {
  Path path;
  const Schema* schema;
  // Beside the option: "type", what is required.
  std::vector<std::pair<std::string, Piece>> siblings = {};
  Piece elsewhere = Piece::object();  // what else the document holds
};

/// What a document writes at the option instead of a good value.
struct Mutation {
  std::string value;
  bool misspelt = false;  // `value` is the name
};

std::uint64_t seed() {
  const char* text = std::getenv("LOAM_SEED");
  return text == nullptr ? 20240612 : std::strtoull(text, nullptr, 10);
}

class EveryOption : public testing::Test {
 protected:
  EveryOption() : random_(seed()) {
    std::cout << "LOAM_SEED=" << seed() << "\n";
    options_.load_plugins = true;
    options_.files.push_back({PICKY_PLUGIN, ""});
    registry_ = Registry::create(options_).value();
    provider_ = std::make_unique<RegistryProvider>(*registry_);
    catalog_ = std::make_unique<Catalog>(*provider_);
    load_.name = "stack.json";
    load_.directory = WRONG_DIRECTORY;
    load_.trust.document_plugins = true;
    load_.registry_options = options_;
    load_.registry = registry_;
    load_.variables = [](const std::string& name) -> std::optional<std::string> {
      if (name == "KEY") return "sesame";
      if (name == "LONG_KEY") return "a key of thirty-two bytes, or more";
      return std::nullopt;
    };
    collect_sections(stack_schema(), {});
    collect_components();
  }

  // --- good values ---------------------------------------------------------------------------

  static std::string shown(const Node& node) { return to_json(node); }

  /// A value that the declaration allows, and that no other option contradicts.
  std::string good(const Schema& schema, const Path& path) {
    // What is told to open to "sesame" does; keys of ciphers have a length.
    const bool is_word = schema.doc.find("sesame") != std::string::npos;
    if (schema.secret) {
      return is_word ? R"({"$secret": "env:KEY"})" : R"({"$secret": "env:LONG_KEY"})";
    }
    if (path.size() > 2) {
      const auto [name, value] = entry_needs({path.begin(), path.end() - 2});
      if (name == path.back()) return value;
    }
    if (schema.default_value) return spelled(*schema.default_value, schema);
    switch (schema.shape) {
      case Shape::kBool: return "true";
      case Shape::kInteger:
      case Shape::kNumber: return schema.minimum ? shown(*schema.minimum) : "1";
      case Shape::kBytes: return schema.minimum ? shown(*schema.minimum) : "4096";
      case Shape::kDuration: return R"("1h")";
      case Shape::kText:
        return schema.choices.empty() ? good_text(path) : config::quoted(schema.choices[0]);
      case Shape::kComponent: return good_component(schema.kind);
      case Shape::kArray: return good_list(path);
      case Shape::kObject: return good_object(schema, path);
      default: return "{}";
    }
  }

  /// What an entry of the list needs that its declaration cannot say: a name and a good value.
  static std::pair<std::string, std::string> entry_needs(const Path& list) {
    if (list.back() == "fields") return {"size", "4"};
    if (list.back() == "rules") return {"prefix", R"("a")"};
    return {};
  }

  /// Lists that mean nothing when they are empty.
  static std::string good_list(const Path& path) {
    return path.back() == "fields" ? R"([{"type": "uint", "size": 4}])" : "[]";
  }

  /// With what is required, and nothing else.
  std::string good_object(const Schema& schema, const Path& path) {
    std::string text;
    for (const Property& property : schema.properties) {
      if (!property.schema.required) continue;
      Path at = path;
      at.push_back(property.name);
      text += (text.empty() ? "" : ", ") + config::quoted(property.name) + ": " +
              good(property.schema, at);
    }
    return "{" + text + "}";
  }

  /// Texts that something else reads: a file that exists.
  static std::string good_text(const Path& path) {
    if (path.front() == "include") return R"("parts/good.json")";
    if (path.back() == "sha256")
      return config::quoted(plugin::sha256_of_file(PICKY_PLUGIN).value());
    if (path.front() == "plugins")
      return config::quoted(path.back() == "path" ? PICKY_PLUGIN : "parts");
    return R"("ab")";
  }

  /// One that needs no options, if the kind has any.
  std::string good_component(const std::string& kind) {
    if (const std::string name = harmless(kind); !name.empty()) return config::quoted(name);
    const std::string name = catalog_->names(kind).front();
    const Schema* schema = catalog_->schema(kind, name).value();
    return R"({"type": )" + config::quoted(name) + ", " + good_object(*schema, {name}).substr(1);
  }

  std::string harmless(const std::string& kind) {
    for (const std::string name : {"memory", "bytewise", "none"}) {
      if (catalog_->has(kind, name)) return name;
    }
    for (const std::string& name : catalog_->names(kind)) {
      const Schema* schema = catalog_->schema(kind, name).value();
      bool free = true;
      for (const Property& property : schema->properties) free &= !property.schema.required;
      if (free) return name;
    }
    return {};
  }

  // --- where options stand -------------------------------------------------------------------

  void collect_sections(const Schema& schema, const Path& path) {
    if (!path.empty()) spots_.push_back({path, &schema});
    if (schema.shape == Shape::kComponent) places_[schema.kind].push_back({path, &schema});
    for (const Property& property : schema.properties) {
      if (property.schema.shape == Shape::kNotInBuild) continue;
      Path below = path;
      below.push_back(property.name);
      const std::size_t own = spots_.size();
      collect_sections(property.schema, below);
      add_required(schema, property.name, &spots_[own]);
    }
    if (schema.items == nullptr) return;
    Path below = path;
    below.emplace_back(schema.shape == Shape::kArray ? "0" : "any");
    collect_sections(*schema.items, below);
  }

  /// What has to stand beside an option of `schema`. The top's version is in every document.
  void add_required(const Schema& schema, const std::string& name, Spot* spot) {
    if (&schema == &stack_schema()) return;
    for (const Property& property : schema.properties) {
      if (!property.schema.required || property.name == name) continue;
      Path at = spot->path;
      at.back() = property.name;
      spot->siblings.emplace_back(property.name, Piece::of(good(property.schema, at)));
    }
  }

  /// Each option of each component, at every place where its kind is wanted.
  void collect_components() {
    std::map<std::string, std::vector<Spot>> places = places_;
    for (const std::string_view kind : kKinds) {
      for (const std::string& name : catalog_->names(kind)) {
        const Schema* schema = catalog_->schema(kind, name).value();
        for (const Property& property : schema->properties) {
          if (property.schema.shape != Shape::kComponent) continue;
          Spot outer = component_spot({"components", std::string(kind), "outer", property.name},
                                      *schema, name, property);
          places[property.schema.kind].push_back(outer);
        }
      }
    }
    for (const std::string_view kind : kKinds) {
      for (const std::string& name : catalog_->names(kind)) {
        const Schema* schema = catalog_->schema(kind, name).value();
        for (const Property& property : schema->properties) {
          ++component_options_;
          for (const Spot& place : places[std::string(kind)]) {
            Path path = place.path;
            path.push_back(property.name);
            Spot spot = component_spot(path, *schema, name, property);
            nest(place, &spot);
            add_with_entries(std::move(spot));
          }
          add_with_entries(extending_spot(std::string(kind), name, *schema, property));
        }
      }
    }
  }

  /// And the options of a list's entries: what the list needs beside it stands elsewhere for them.
  void add_with_entries(Spot spot) {
    const Schema* entry = spot.schema->items.get();
    if (spot.schema->shape == Shape::kArray && entry != nullptr) {
      for (const Property& property : entry->properties) {
        Spot inner{spot.path, &property.schema};
        inner.path.insert(inner.path.end(), {"0", property.name});
        inner.elsewhere = spot.elsewhere;
        nest(spot, &inner);
        add_required(*entry, property.name, &inner);
        const auto [name, value] = entry_needs(spot.path);
        if (!name.empty() && name != property.name) {
          inner.siblings.emplace_back(name, Piece::of(value));
        }
        spots_.push_back(std::move(inner));
      }
    }
    spots_.push_back(std::move(spot));
  }

  Spot component_spot(const Path& path, const Schema& schema, const std::string& name,
                      const Property& property) {
    Spot spot{path, &property.schema};
    spot.siblings.emplace_back("type", Piece::of(config::quoted(name)));
    add_required(schema, property.name, &spot);
    return spot;
  }

  /// What the place itself stands in needs its own company: the outer component's type.
  static void nest(const Spot& place, Spot* spot) {
    if (place.siblings.empty()) return;
    Piece outer = Piece::object();
    outer.members = place.siblings;
    Piece tree = outer;
    for (std::size_t i = place.path.size() - 1; i-- > 0;) {
      Piece up = Piece::object();
      up.with(place.path[i], std::move(tree));
      tree = std::move(up);
    }
    merge(std::move(tree), &spot->elsewhere);
  }

  Spot extending_spot(const std::string& kind, const std::string& name, const Schema& schema,
                      const Property& property) {
    Spot below =
        component_spot({"components", kind, "below", property.name}, schema, name, property);
    Piece base = Piece::object();
    base.members = below.siblings;
    if (property.schema.required) {
      base.with(property.name, Piece::of(good(property.schema, below.path)));
    }
    Spot spot{{"components", kind, "above", property.name}, &property.schema};
    spot.siblings.emplace_back("extends", Piece::of("\"@below\""));
    Piece named = Piece::object();
    named.with("below", std::move(base));
    Piece kinds = Piece::object();
    kinds.with(kind, std::move(named));
    spot.elsewhere.with("components", std::move(kinds));
    return spot;
  }

  // --- documents -----------------------------------------------------------------------------

  static void merge(Piece above, Piece* below) {
    for (auto& [key, value] : above.members) {
      auto at = std::find_if(below->members.begin(), below->members.end(),
                             [&k = key](const auto& member) { return member.first == k; });
      if (at == below->members.end()) {
        below->members.emplace_back(key, std::move(value));
      } else {
        merge(std::move(value), &at->second);
      }
    }
  }

  Piece document(const Spot& spot, const std::string& name, const std::string& value) {
    const bool item = spot.path.back() == "0";
    Piece tree = item ? Piece::array() : Piece::object();
    if (item) {
      tree.items.push_back(Piece::of(value));
    } else {
      tree.members = spot.siblings;
      tree.members.insert(
          tree.members.begin() + static_cast<std::ptrdiff_t>(random_() % (tree.members.size() + 1)),
          {name, Piece::of(value)});
    }
    for (std::size_t i = spot.path.size() - 1; i-- > 0;) {
      const bool array = spot.path[i] == "0";
      Piece up = array ? Piece::array() : Piece::object();
      if (array) up.items.push_back(std::move(tree));
      if (!array) up.with(spot.path[i], std::move(tree));
      tree = std::move(up);
    }
    merge(spot.elsewhere, &tree);
    if (spot.path.front() != "version") tree.with("version", Piece::of("1"));
    std::shuffle(tree.members.begin(), tree.members.end(), random_);
    return tree;
  }

  static std::string pointer_of(const Path& path) {
    std::string pointer;
    for (const std::string& token : path) pointer = child_pointer(pointer, token);
    return pointer;
  }

  std::vector<Diagnostic> errors_of(const std::string& text) {
    std::vector<Diagnostic> errors = check(text, load_);
    std::erase_if(errors,
                  [](const Diagnostic& d) { return d.severity != Diagnostic::Severity::kError; });
    return errors;
  }

  void expect_good(const Spot& spot, const std::string& value) {
    DocumentWriter writer(&random_);
    const std::string text = writer.write(document(spot, spot.path.back(), value));
    EXPECT_EQ(render(errors_of(text)), "") << text;
  }

  void expect_one_error(const Spot& spot, const Mutation& mutation) {
    Path path = spot.path;
    if (mutation.misspelt) path.back() = mutation.value;
    const std::string value = mutation.misspelt ? good(*spot.schema, spot.path) : mutation.value;
    DocumentWriter writer(&random_);
    const std::string text = writer.write(document(spot, path.back(), value));
    const std::string pointer = pointer_of(path);
    // A bad value is shown at its first character; what may be a secret, at its key.
    const bool at_key = mutation.misspelt || spot.schema->secret;
    const DocumentWriter::Place place = at_key ? writer.of_key(pointer) : writer.of_value(pointer);
    const std::vector<Diagnostic> errors = errors_of(text);
    ++tried_;
    ASSERT_EQ(errors.size(), 1u) << text << "\n" << pointer << "\n" << render(errors);
    EXPECT_EQ(errors[0].pointer, pointer) << text << "\n" << render(errors);
    EXPECT_EQ((DocumentWriter::Place{errors[0].line, errors[0].column}), place)
        << "expected " << place.line << ":" << place.column << " in\n"
        << text << "\n"
        << render(errors);
  }

  // --- mistakes ------------------------------------------------------------------------------

  static std::vector<std::string> wrong_types(const Schema& schema) {
    using Strings = std::vector<std::string>;
    if (schema.secret) return {"\"sesame\"", "7", "true", "null", "[]", "{}"};
    switch (schema.shape) {
      case Shape::kBool: return {"0", "1.5", "\"true\"", "\"\xE2\x82\xAC\"", "null", "[]", "{}"};
      case Shape::kInteger: return {"true", "1.5", "1e3", "\"12\"", "null", "[1]", "{}"};
      case Shape::kNumber: return {"false", "\"1.5\"", "null", "[2]", "{}"};
      case Shape::kText: return {"true", "7", "2.5", "null", "[\"a\"]", "{}"};
      case Shape::kBytes: return {"true", "1.5", "null", "[1]", "{}"};
      case Shape::kDuration: return {"true", "5", "0.5", "null", "[\"1s\"]", "{}"};
      case Shape::kArray: return {"true", "7", "\"a\"", "null", "{}"};
      case Shape::kMap:
      case Shape::kObject: return {"true", "7", "\"a\"", "null", "[]"};
      case Shape::kComponent: {
        Strings all = {"true", "7", "0.5", "[]", "\"no-such-thing\"", "\"@nothing\"", "{}"};
        if (!schema.may_be_none) all.emplace_back("null");
        return all;
      }
      default: return {};
    }
  }

  static std::vector<std::string> wrong_units(const Schema& schema) {
    if (schema.shape == Shape::kBytes) {
      return {R"("64")", R"("64M")",        R"("64mib")",          R"("1.5GiB")",
              R"("")",   R"("7 furlongs")", R"("99999999999TiB")", "-1"};
    }
    if (schema.shape == Shape::kDuration) {
      return {R"("5")", R"("5 sec")", R"("1.5s")", R"("")", R"("1m30s")", R"("99999999999999d")"};
    }
    if (schema.shape == Shape::kText && !schema.choices.empty()) {
      return {config::quoted(schema.choices[0] + "x"), R"("")"};
    }
    return {};
  }

  /// Just outside the bounds, as a plain number and with a unit.
  static std::vector<std::string> outside(const Schema& schema) {
    std::vector<std::string> all;
    const bool real = schema.shape == Shape::kNumber;
    for (const auto& [bound, step] :
         {std::pair(schema.minimum, -1), std::pair(schema.maximum, 1)}) {
      if (!bound) continue;
      if (real) {
        all.push_back(std::to_string(bound->as_double() + 0.25 * step));
        continue;
      }
      if (bound->is(Node::Type::kInteger) && bound->fits_signed()) {
        const std::int64_t value = bound->as_signed() + step;
        const bool quantity = schema.shape == Shape::kBytes || schema.shape == Shape::kDuration;
        if (quantity && value < 0) continue;
        const std::string unit = schema.shape == Shape::kBytes ? "B" : "us";
        if (schema.shape != Shape::kDuration) all.push_back(std::to_string(value));
        if (quantity) all.push_back("\"" + std::to_string(value) + unit + "\"");
      }
    }
    return all;
  }

  std::vector<std::string> misspelt(const std::string& name) {
    std::vector<std::string> all = {name + "x", name.substr(1)};
    // Two bytes more: in a short name that is another word, and what is required is missing as
    // well.
    if (name.size() > 5) all.push_back(name + "\xC3\xA9");
    std::string swapped = name;
    const std::size_t at = random_() % (name.size() - 1);
    std::swap(swapped[at], swapped[at + 1]);
    if (swapped != name) all.push_back(swapped);
    return all;
  }

  /// Is `name` free among what may stand there, so that it is a mistake?
  bool is_mistake(const Spot& spot, const std::string& name) {
    if (name.empty() || name == "type" || name == "extends") return false;
    return std::none_of(spots_.begin(), spots_.end(), [&](const Spot& other) {
      return other.path.size() == spot.path.size() && other.path.back() == name &&
             std::equal(spot.path.begin(), spot.path.end() - 1, other.path.begin());
    });
  }

  RegistryOptions options_;
  std::shared_ptr<Registry> registry_;
  std::unique_ptr<RegistryProvider> provider_;
  std::unique_ptr<Catalog> catalog_;
  LoadOptions load_;
  std::mt19937_64 random_;
  std::vector<Spot> spots_;
  std::map<std::string, std::vector<Spot>> places_;
  std::size_t component_options_ = 0;
  std::size_t tried_ = 0;
};

TEST_F(EveryOption, IsFound) {
  EXPECT_GE(component_options_, 15u);
  EXPECT_TRUE(std::any_of(spots_.begin(), spots_.end(), [](const Spot& spot) {
    return pointer_of(spot.path) == "/store/default/compaction_filter/rules/0/age";
  }));
  for (const CoreOption& option : core_options()) {
    EXPECT_TRUE(std::any_of(spots_.begin(), spots_.end(), [&](const Spot& spot) {
      return pointer_of(spot.path) == option.pointer;
    })) << option.pointer;
  }
}

TEST_F(EveryOption, IsTakenWithAGoodValue) {
  for (const Spot& spot : spots_) {
    expect_good(spot, good(*spot.schema, spot.path));
    if (HasFailure()) return;
  }
}

TEST_F(EveryOption, OfAWrongTypeUnitOrRangeIsOneErrorAtItsValue) {
  for (const Spot& spot : spots_) {
    for (const auto& values :
         {wrong_types(*spot.schema), wrong_units(*spot.schema), outside(*spot.schema)}) {
      for (const std::string& value : values) {
        expect_one_error(spot, {value});
        if (HasFailure()) return;
      }
    }
  }
  std::cout << tried_ << " mistakes at " << spots_.size() << " places\n";
  EXPECT_GT(tried_, 5 * spots_.size());
}

TEST_F(EveryOption, MisspeltIsOneErrorAtItsName) {
  for (const Spot& spot : spots_) {
    const bool free_name = spot.path.back() == "0" || spot.path.back() == "any";
    for (const std::string& name : misspelt(spot.path.back() + (free_name ? "0" : ""))) {
      if (free_name || !is_mistake(spot, name)) continue;
      expect_one_error(spot, {name, true});
      if (HasFailure()) return;
    }
  }
  EXPECT_GT(tried_, spots_.size());
}

}  // namespace
}  // namespace loam::config
