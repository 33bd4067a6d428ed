/// The codecs and filters that tables of a store were written with, one instance an identity, so
/// that a thousand open tables share one set of working memory.
///
/// Thread: safe; instances are made outside the lock. Ownership: keeps instances and registry.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>

#include "core/base/mutex.h"
#include "core/plugin/codec.h"
#include "core/plugin/filter.h"
#include "core/table/properties.h"
#include "loam/base/status.h"
#include "loam/plugins.h"

namespace loam::table {

class Components {
 public:
  explicit Components(std::shared_ptr<Registry> registry) : registry_(std::move(registry)) {}

  /// Fails: kNotFound naming the identity, the plugin that wrote it and the places searched.
  Result<plugin::Codec> codec(const Identity& wanted);
  Result<plugin::FilterPolicy> filter(const Identity& wanted);
  /// By component name, for formats that number their codecs. Fails: kNotFound naming it and the
  /// places searched.
  Result<plugin::Codec> codec_named(std::string_view name);

 private:
  Result<Component> make(std::string_view kind, const Identity& wanted);

  const std::shared_ptr<Registry> registry_;
  Mutex mutex_;
  std::map<std::string, plugin::Codec, std::less<>> codecs_ LOAM_GUARDED_BY(mutex_);
  std::map<std::string, plugin::Codec, std::less<>> named_codecs_ LOAM_GUARDED_BY(mutex_);
  std::map<std::string, plugin::FilterPolicy, std::less<>> filters_ LOAM_GUARDED_BY(mutex_);
};

}  // namespace loam::table
